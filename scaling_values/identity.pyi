# Made from the module beside it by docs/make_stubs.py: do not edit.
from typing import Any

__all__ = ["package_version", "Description"]

def package_version(name: str) -> str:
    """A package's version as the package says it; otherwise as it was installed."""

class Description:
    """Hashes of things, of the user's code behind them, and the packages that they come from."""

    vouched: bool
    remedy: str
    packages: set[str]
    code: dict[str, str]

    def __init__(
        self,
        vouched: bool = False,
        remedy: str = "give its class a __getstate__ that returns what counts",
    ) -> None: ...
    def add(self, thing: Any, argument: str, cloned: bool = False) -> str:
        """The hash of a thing and of the user's code behind it; `code` has the latter's parts."""

    def know(self, thing: Any, text: str) -> None:
        """Let a text stand for a thing."""
