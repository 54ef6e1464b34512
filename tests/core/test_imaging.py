"""Reading pictures: every kind of file becomes the same kind of pixels, or one clear error."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from clipsym_core.errors import ImageReadError, InputError
from clipsym_core.imaging import IMAGE_SUFFIXES, check_pixels, decode_image, image_size, read_image

# Four colors that say which corner is which: red, green / blue, white.
CORNERS = np.array([[[255, 0, 0], [0, 255, 0]], [[0, 0, 255], [255, 255, 255]]], np.uint8)


def corners(height: int = 24, width: int = 40) -> np.ndarray:
    """A picture [height, width, 3] of four flat quarters."""
    return np.kron(CORNERS, np.ones((height // 2, width // 2, 1), np.uint8))


def encoded(pixels: np.ndarray, kind: str = "PNG", mode: str | None = None, **options: object) -> bytes:
    buffer = io.BytesIO()
    picture = Image.fromarray(pixels)
    (picture.convert(mode) if mode else picture).save(buffer, kind, **options)
    return buffer.getvalue()


# What the eight EXIF orientations mean: how stored pixels are brought upright (EXIF 2.3, tag 274).
UPRIGHT = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.transpose(1, 0, 2),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: a[::-1, ::-1].transpose(1, 0, 2),
    8: lambda a: np.rot90(a, 1),
}


def orientation(value: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = value
    return exif.tobytes()


@pytest.mark.parametrize("value", UPRIGHT)
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF"])
def test_exif_orientation_is_applied_once(tmp_path: Path, kind: str, value: int) -> None:
    stored = corners()
    path = tmp_path / f"turned.{kind.lower()}"
    path.write_bytes(encoded(stored, kind, exif=orientation(value), **({"quality": 95} if kind == "JPEG" else {})))
    upright = UPRIGHT[value](stored)
    pixels = read_image(path)
    assert image_size(path) == (upright.shape[1], upright.shape[0])
    assert pixels.shape == upright.shape
    assert np.abs(pixels.astype(int) - upright).mean() < 6  # lossy formats bleed at the borders of the quarters


@pytest.mark.parametrize("value", UPRIGHT)
def test_exif_orientation_is_applied_to_16_bit_pictures_too(value: int) -> None:
    stored = corners()
    ok, data = cv2.imencode(".png", stored[..., ::-1].astype(np.uint16) * 257)
    assert ok
    with_exif = png_with_exif(data.tobytes(), orientation(value))
    np.testing.assert_array_equal(decode_image(with_exif), UPRIGHT[value](stored))


@pytest.mark.parametrize("value", UPRIGHT)
@pytest.mark.parametrize("channels", [1, 3])
def test_exif_orientation_is_applied_to_16_bit_tiff_too(value: int, channels: int, tmp_path: Path) -> None:
    stored = corners()[..., :channels]
    data = cv2.imencode(".tiff", stored[..., ::-1].astype(np.uint16) * 257)[1].tobytes()
    path = tmp_path / "deep.tiff"
    path.write_bytes(tiff_with_orientation(data, value))
    upright = UPRIGHT[value](stored)
    assert image_size(path) == (upright.shape[1], upright.shape[0])
    np.testing.assert_array_equal(read_image(path)[..., :channels], upright)


def tiff_with_orientation(data: bytes, value: int) -> bytes:
    """A little-endian TIFF with tag 274 in its directory, which moves to the end of the file."""
    assert data[:4] == b"II*\0"
    at = int.from_bytes(data[4:8], "little")
    count = int.from_bytes(data[at : at + 2], "little")
    entries = [data[at + 2 + 12 * i : at + 14 + 12 * i] for i in range(count)]
    entries = [e for e in entries if e[:2] != (274).to_bytes(2, "little")]
    entries.append(b"".join(n.to_bytes(k, "little") for n, k in ((274, 2), (3, 2), (1, 4), (value, 4))))
    entries.sort(key=lambda e: int.from_bytes(e[:2], "little"))
    body = data + b"\0" * (len(data) % 2)
    directory = len(entries).to_bytes(2, "little") + b"".join(entries) + b"\0" * 4
    return body[:4] + len(body).to_bytes(4, "little") + body[8:] + directory


def png_with_exif(data: bytes, exif: bytes) -> bytes:
    """A PNG with an eXIf chunk put in after its header (33 bytes)."""
    import zlib

    body = b"eXIf" + exif.removeprefix(b"Exif\0\0")
    return data[:33] + (len(body) - 4).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big") + data[33:]


@pytest.mark.parametrize("mode", ["RGB", "L", "P", "1", "RGBA", "LA", "CMYK", "YCbCr", "I;16"])
def test_every_mode_becomes_rgb_bytes(mode: str) -> None:
    kind = {"CMYK": "TIFF", "YCbCr": "JPEG"}.get(mode, "PNG")
    grey = np.repeat(np.linspace(0, 255, 32).astype(np.uint8)[None], 16, 0)
    if mode == "I;16":
        data = encoded(grey.astype(np.uint16) * 257)
    else:
        data = encoded(np.repeat(grey[..., None], 3, 2), kind, mode)
    pixels = check_pixels(decode_image(data))
    assert pixels.shape == (16, 32, 3)
    assert pixels.flags["C_CONTIGUOUS"]
    assert pixels[:, :4].mean() < 60
    assert pixels[:, -4:].mean() > 200


def test_transparency_is_laid_on_white() -> None:
    rgba = np.zeros((2, 3, 4), np.uint8)
    rgba[..., 3] = [0, 128, 255]
    pixels = decode_image(encoded(rgba))
    assert pixels[0, :, 0].tolist() == [255, 127, 0]


def test_transparency_of_a_16_bit_picture_is_laid_on_white() -> None:
    bgra = np.zeros((20, 30, 4), np.uint16)
    bgra[:, 10:20, :3] = 65535
    bgra[:, :20, 3] = 65535
    ok, data = cv2.imencode(".png", bgra)
    assert ok
    pixels = decode_image(data.tobytes())
    assert pixels[5, [5, 15, 25], 0].tolist() == [0, 255, 255]


def test_a_transparent_palette_is_laid_on_white() -> None:
    picture = Image.fromarray(np.array([[0, 1]], np.uint8), "P")
    picture.putpalette([10, 20, 30, 200, 0, 0] + [0] * 762)
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", transparency=0)
    assert decode_image(buffer.getvalue()).tolist() == [[[255, 255, 255], [200, 0, 0]]]


@pytest.mark.parametrize("extension", [".png", ".tiff"])
@pytest.mark.parametrize("channels", [1, 3])
def test_16_bit_pictures_are_stretched_between_percentiles(extension: str, channels: int) -> None:
    ramp = np.linspace(1000, 3000, 400).astype(np.uint16)  # dark, as microscopes and thermal cameras give them
    raw = np.repeat(np.repeat(ramp[None], 50, 0)[..., None], channels, 2)
    raw[0, 0] = 65535  # one hot pixel must not darken the rest
    ok, data = cv2.imencode(extension, raw)
    assert ok
    pixels = decode_image(data.tobytes())
    assert pixels.shape == (50, 400, 3)
    assert pixels[25, :, 0].min() == 0
    assert pixels[25, :, 0].max() == 255
    assert abs(int(pixels[25, 200, 1]) - 128) <= 2


def test_16_bit_colors_keep_their_relation_and_order() -> None:
    ok, data = cv2.imencode(".png", corners()[..., ::-1].astype(np.uint16) * 257)
    assert ok
    np.testing.assert_array_equal(decode_image(data.tobytes()), corners())


@pytest.mark.parametrize("channels", [1, 3])
def test_float_tiff_is_stretched_and_ignores_what_is_not_finite(channels: int) -> None:
    raw = np.repeat(np.linspace(-2, 5, 100, dtype=np.float32)[None, :, None], channels, 2).repeat(20, 0)
    raw[0, 0] = np.nan
    ok, data = cv2.imencode(".tiff", raw, [cv2.IMWRITE_TIFF_COMPRESSION, 1])  # its default for float RGB is lossy
    assert ok
    pixels = decode_image(data.tobytes())
    assert pixels[10, 0].tolist() == [0, 0, 0]
    assert pixels[10, -1].tolist() == [255, 255, 255]
    assert pixels[0, 0].tolist() == [0, 0, 0]


def test_a_float_tiff_without_a_finite_pixel_is_refused() -> None:
    ok, data = cv2.imencode(".tiff", np.full((4, 4), np.nan, np.float32))
    assert ok
    with pytest.raises(ImageReadError, match="finite"):
        decode_image(data.tobytes())


# -- what cannot be read ----------------------------------------------------------------------------------------------


def test_an_error_names_the_file_the_reason_and_a_remedy(tmp_path: Path) -> None:
    path = tmp_path / "notes.jpg"
    path.write_text("not a picture")
    for read in (read_image, image_size):
        with pytest.raises(ImageReadError) as caught:
            read(path)
        assert str(path) in caught.value.what
        assert "not a picture in a format" in caught.value.why
        assert caught.value.remedy


def test_a_missing_file_a_folder_and_an_empty_file_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "empty.png").touch()
    with pytest.raises(ImageReadError, match="No such file"):
        read_image(tmp_path / "none.png")
    with pytest.raises(ImageReadError, match="directory"):
        read_image(tmp_path)
    with pytest.raises(ImageReadError, match="empty"):
        read_image(tmp_path / "empty.png")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "WEBP", "GIF", "BMP", "16 bit PNG", "16 bit TIFF"])
@pytest.mark.parametrize("kept", [0.3, 0.6])
def test_a_file_that_ends_early_is_refused(kind: str, kept: float) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    if kind.startswith("16 bit"):
        data = cv2.imencode(f".{kind[-4:].strip().lower()}", noise.astype(np.uint16) * 257)[1].tobytes()
    else:
        data = encoded(noise, kind)
    with pytest.raises(ImageReadError):
        decode_image(data[: int(len(data) * kept)])


@given(
    st.sampled_from(["PNG", "JPEG", "TIFF", "WEBP", "GIF", "BMP", "PPM"]),
    st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), min_size=1, max_size=12),
)
def test_damage_anywhere_gives_pixels_or_one_kind_of_error(kind: str, damage: list[tuple[float, int]]) -> None:
    data = bytearray(encoded(corners(), kind, **({} if kind in ("GIF", "BMP", "PPM") else {"exif": orientation(6)})))
    for place, value in damage:
        data[int(place * len(data))] = value
    with contextlib.suppress(ImageReadError):  # anything else fails the test
        assert check_pixels(decode_image(bytes(data))).size


def test_a_picture_over_the_limit_is_refused_with_the_numbers(tmp_path: Path) -> None:
    path = tmp_path / "wide.png"
    Image.new("1", (37_296, 1)).save(path)
    for read in (read_image, image_size):
        with pytest.raises(ImageReadError, match="37,296 px wide, limit 32,767"):
            read(path)


def test_too_many_pixels_are_refused_before_they_are_decoded(tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    Image.new("1", (25_000, 25_000)).save(path)
    with pytest.raises(ImageReadError, match="625,000,000 pixels, limit 400,000,000"):
        read_image(path)


def test_pictures_between_pillows_limit_and_ours_are_read(tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    Image.new("1", (30_000, 6_001)).save(path)  # 180 megapixels; Pillow stops at 179
    before = Image.MAX_IMAGE_PIXELS
    assert image_size(path) == (30_000, 6_001)
    assert before == Image.MAX_IMAGE_PIXELS


@pytest.mark.parametrize(
    "bad",
    [
        np.zeros((4, 4), np.uint8),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((4, 4, 3), np.float32),
        np.zeros((0, 4, 3), np.uint8),
    ],
    ids=["grey", "alpha", "float", "empty"],
)
def test_pixels_of_another_kind_are_refused_with_what_was_found(bad: np.ndarray) -> None:
    with pytest.raises(InputError, match=r"got \[.*\] of"):
        check_pixels(bad)


def test_every_suffix_that_a_folder_scan_accepts_can_be_read(tmp_path: Path) -> None:
    for suffix in sorted(IMAGE_SUFFIXES):
        path = tmp_path / f"picture{suffix}"
        mode = {".pbm": "1", ".pgm": "L"}.get(suffix, "RGB")
        Image.fromarray(corners()).convert(mode).save(path, {".jfif": "JPEG"}.get(suffix))
        assert read_image(path).shape == (24, 40, 3), suffix
