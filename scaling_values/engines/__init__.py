"""How contributions are computed: exact engines, their registry, and what those need who write one."""

from scaling_values import _face

__all__, __getattr__, __dir__ = _face(__name__, __file__)
