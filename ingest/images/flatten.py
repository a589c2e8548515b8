"""RGB of any picture: eight bits, the colours of sRGB, and what is transparent on white."""

from __future__ import annotations

from PIL import Image

from ..errors import ImageError
from .depths import is_deep, to_eight_bits
from .profiles import to_srgb

MAX_PIXELS = 62_500_000
"""Most pixels that are decoded: 61-megapixel cameras' whole pictures. They take 250 MB, and twice that on the way."""

MIN_SIDE = 8


def flatten(image: Image.Image, *, max_pixels: int = MAX_PIXELS) -> Image.Image:
    """RGB of any mode, with what is transparent on white; a colour profile among its metadata is applied.

    Raises:
        ImageError: too many pixels, or too few.
    """
    check_size(image, "the picture", max_pixels)
    profile = image.info.get("icc_profile")
    keyed = "transparency" in image.info
    if is_deep(image):
        image = to_eight_bits(image)
    elif image.mode == "La":
        # Pillow turns these into nothing but LA.
        image = image.convert("LA")
    grey = image.mode in ("L", "LA")
    alpha = keyed or image.mode in ("LA", "PA", "RGBA", "RGBa")
    if alpha and image.mode != "RGBA":
        image = image.convert("RGBA")
    elif image.mode == "P":
        image = image.convert("RGB")
    if isinstance(profile, bytes):
        image = _grey_to_srgb(image, profile) if alpha and grey else to_srgb(image, profile)
    if not alpha:
        return image.convert("RGB") if image.mode != "RGB" else image.copy() if image.readonly else image
    # Pasted, not composited as two layers: that would take twice the memory.
    white = Image.new("RGB", image.size, "white")
    white.paste(image, mask=image)
    return white


def _grey_to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """RGBA of RGBA that has no colours: their profile has one channel."""
    colours = to_srgb(image.getchannel("R"), profile).convert("RGB")
    colours.putalpha(image.getchannel("A"))
    return colours


def check_size(image: Image.Image, where: str, max_pixels: int) -> None:
    """Refuse what is too large to decode, or too small to compare.

    Raises:
        ImageError: too many pixels, or too few.
    """
    width, height = image.size
    if width * height > max_pixels:
        raise ImageError("bomb", f"{where} claims {width} x {height} pixels, more than {max_pixels:,}")
    if min(width, height) < MIN_SIDE:
        raise ImageError("too-small", f"{where} has {width} x {height} pixels; at least {MIN_SIDE} a side are needed")
