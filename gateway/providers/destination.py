"""What every provider says about itself."""

from dataclasses import dataclass
from functools import cached_property

from gateway.domain.facts import Facts


@dataclass(frozen=True, kw_only=True, eq=False)
class Destination:
    """Where a prompt goes, as policies judge it. What nobody configured counts as its worst."""

    name: str
    """Its name in the configuration."""
    region: str = ""
    """Where it computes. Not known when empty: then rules about `dest.region` refuse."""
    self_hosted: bool = False
    zero_retention: bool = False
    trains_on_data: bool = True

    @cached_property
    def facts(self) -> Facts:
        """The attributes that policies read as `dest.…`."""
        known = Facts(
            provider=self.name,
            self_hosted=self.self_hosted,
            zero_retention=self.zero_retention,
            trains_on_data=self.trains_on_data,
        )
        return known | {"region": self.region} if self.region else known

    @property
    def speaks(self) -> frozenset[str]:
        """Names of the dialects that it is asked in."""
        return frozenset({"chat.completions"})

    async def prepare(self) -> None:
        """Nothing has to be loaded."""
