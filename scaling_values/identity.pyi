# Made from the module beside it by docs/make_stubs.py: do not edit.
from typing import Any

__all__ = ["package_version", "Description"]

def package_version(name: str) -> str:
    """A package's name and version: its own `__version__`, or else that of the installation."""

class Description:
    """Hashes of objects and of the user's code behind them, and the packages they come from."""

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
        """The hash of an object and the user's code behind it. `code` has the hashes of its parts."""

    def know(self, thing: Any, text: str) -> None:
        """Use a text as the description of an object."""
