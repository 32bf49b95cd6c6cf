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
- `now` is the minute in which the question is asked, in UTC. A rule with `since` sleeps before that day (UTC),
  one with `until` from that day on.
- A value that `allow` names for an entity is no finding of it: no rule is asked, nothing is recorded. It is compared as
  it stands in the text, as a whole; what is longer, or is found to be something else as well, stays a finding.
- Where findings overlap, each is judged, and the most restrictive decision holds for the place.
- The label of a context is the join of its chunks' labels, those among them that are only inherited from an earlier
  answer: the highest classification, the least trust, the purposes and readers that all allow which name some, and
  every denied reader and residency that one names (`prompt.…`, `response.…` and `tool_call.…`). An answer carries it.
- A rule about a `response` that does not read `response.entities` is decided before a provider is asked: a denial then
  costs nothing. One that does is decided whenever another kind of thing is found, with what was found so far and before
  that piece leaves, and once more before the answer ends.
- A rule about a `tool_call` is decided when the tool's name is known, before anything of what it asks for leaves. Tools
  that the provider runs itself count, under the type of their calls: `web_search`.
- `mask` and `hash` of a prompt, a chunk, a response or a tool call hide every finding in it at least so, whatever rules
  about findings say; where nothing is found, nothing is hidden. Those of a response hold for its tool calls too, and
  those of a prompt for its documents. Of a chunk that only took part in an earlier answer, they hold for that answer.
- What a label `license` asks for follows from it (`license_attribution`, `license_noncommercial`). Of one
  that cannot be read neither is said, only `license_unknown`.
- `cite` is an obligation beside whatever else is done: a chunk that is masked and cited is both. The answer names each
  document that was sent: in annotations where the caller expects them or the text has to be JSON, at the end of its
  text otherwise. JSON in a dialect without annotations stays as it is: then the credit is in the `lineward` object, as
  each chunk's `credit`, and in the record. Of a response, it obliges for every document that was sent. What is hidden
  in documents or answers is masked in the names, too. The record says `cited:N`.
- An absolute link in an answer is a finding `LINK` if a rule speaks of links, and `finding.host` is where it leads to.
  `finding.trust` and `finding.classification` are those of the context, for all findings in an answer and its calls.
- A rule in shadow is judged in the same way, errors included, but only its hit is kept; it never alters a decision.
"""
