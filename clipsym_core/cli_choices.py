"""Choices of the command line; the words are those that the library takes."""

from __future__ import annotations

from enum import Enum


class ProposalsChoice(str, Enum):
    """Where candidates come from."""

    network = "network"
    features = "features"
    both = "both"


class PrecisionChoice(str, Enum):
    """Arithmetic of the network."""

    auto = "auto"
    fp32 = "fp32"
    bf16 = "bf16"
    fp16 = "fp16"


class ShortTypeChoice(str, Enum):
    """What a deploy form computes in."""

    fp32 = "fp32"
    bf16 = "bf16"
    fp16 = "fp16"


class PicturesChoice(str, Enum):
    """What an export does with the pictures."""

    copy = "copy"
    link = "link"
    none = "none"


class EllipsesChoice(str, Enum):
    """How labelme gets ellipses."""

    oriented_rectangle = "oriented_rectangle"
    polygon = "polygon"


class TargetFileChoice(str, Enum):
    """Files of rendered heatmaps."""

    png = "png"
    npz = "npz"


class SplitByChoice(str, Enum):
    """What stays together in a split."""

    group = "group"
    folder = "folder"
    picture = "picture"


class SourcesChoice(str, Enum):
    """Which sources scenes are made from."""

    train = "train"
    val = "val"


class TargetChoice(str, Enum):
    """Engines that a model can be exported for."""

    onnx = "onnx"
    openvino = "openvino"
    torch = "torch"
