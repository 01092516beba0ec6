# Made from the module beside it by docs/make_stubs.py: do not edit.
from collections.abc import Callable
from typing import Any

import torch

__all__ = ["NEAR", "halved", "conjugate_gradients", "newton"]

def halved(
    objective: Callable[[torch.Tensor], torch.Tensor],
    x: torch.Tensor,
    step: torch.Tensor,
    most: torch.Tensor,
    times: int = 30,
) -> tuple[torch.Tensor, torch.Tensor]:
    """x less the first of step, step / 2, step / 4, ... that helps, and the objectives there."""

def conjugate_gradients(
    product: Callable[[torch.Tensor], torch.Tensor],
    rough: Callable[[torch.Tensor], torch.Tensor],
    g: torch.Tensor,
    goal: Callable[[torch.Tensor], torch.Tensor],
    turns: int,
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Solutions of many problems side by side."""

NEAR: float

def newton(
    x: torch.Tensor,
    objective: Callable[[torch.Tensor], torch.Tensor],
    look: Callable[[torch.Tensor], tuple[torch.Tensor, torch.Tensor, Any]],
    factor: Callable[[Any, bool], torch.Tensor],
    rough_when_near: bool = False,
    near: bool = False,
    turns: int = 200,
) -> tuple[torch.Tensor, torch.Tensor, Any]:
    """The minimiser, a factor near it, and what that was made of; raises `torch.linalg.LinAlgError` where there is none to be found."""
