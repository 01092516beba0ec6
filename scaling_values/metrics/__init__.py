"""How predictions are judged: losses, and the registry of their names."""

from scaling_values import _face

__all__, __getattr__, __dir__ = _face(__name__, __file__)
