"""Data-usage policies: files in, decisions out; pure.

Rules restrict. A use that no rule restricts is allowed, the most restrictive effect wins, and whatever cannot be read
or evaluated is a denial. What "cannot be read" means was chosen so that a rule about licences does not refuse every
text that has none:

- An attribute is **required** (`chunk.source`, `chunk.classification`, everything of `user.` and `dest.`) or
  **optional** (`chunk.license?`, `chunk.expires_at?`). The table is in `attributes.py`; a file's `schema` adds to it,
  with `?` for optional.
- A `match` condition on an absent optional attribute does not hold, whatever its operator, `ne` and `not_in` among
  them; `{exists: false}` holds. So "no licence" is a condition of its own and never an accident of another.
- A `match` condition on an absent required attribute cannot be evaluated: the use is denied in the rule's name. What is
  absent is looked for in `defaults` first: `unlabelled` is the classification of what carries none.
- A label whose value is not of the declared type, or none of the declared choices, cannot be read either: denied, for
  optional attributes too. Labels under names that nobody declared are ignored.
- The conditions of `match` are a conjunction: where one does not hold, the rule does not apply, even if another could
  not be evaluated; so their order never matters.
- In `when` (CEL), `has(chunk.license)` is true where the attribute is present; its name is checked at load like any
  other. Reading an absent attribute without it is an evaluation error, unless CEL's `&&` or `||` does without it.
- `now` is the minute in which the question is asked, in UTC. A rule with `until` sleeps from that day (UTC) on.
- A value that `allow` names for an entity is no finding of it: no rule is asked, nothing is recorded. It is compared as
  it stands in the text, as a whole; what is longer, or is found to be something else as well, stays a finding.
- Where findings overlap, each is judged, and the most restrictive decision holds for the place.
- A rule in shadow is judged in the same way, errors included, but only its hit is kept; it never alters a decision.
"""
