"""torchvision's published build wants another torch than the CPU's: told of two operations, it
imports, and OpenDataVal asks for no more."""

import torch

LIBRARY = torch.library.Library("torchvision", "DEF")
for name in ("nms", "qnms"):
    LIBRARY.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
