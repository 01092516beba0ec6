# Made from the module beside it by docs/make_stubs.py: do not edit.
__all__ = []
