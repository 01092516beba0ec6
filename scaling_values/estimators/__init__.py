"""From samples to laws: estimators, and what those need who write one."""

from scaling_values import _face

__all__, __getattr__, __dir__ = _face(__name__, __file__)
