"""Colours of other colour spaces as those of sRGB, in which networks were trained and screens show pictures."""

from __future__ import annotations

import io
from functools import lru_cache

import numpy as np
from PIL import Image

CLOSE_ENOUGH = 3
"""A profile that changes no colour by more than so many of 255 levels is sRGB as somebody else rounded it."""

_CACHED_BYTES = 2**20
_MODES = {"RGB ": ("RGB", "RGBA"), "CMYK": ("CMYK",), "GRAY": ("L",)}


def to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """A picture with the colours that its profile means.

    Args:
        image: L, RGB, RGBA or CMYK; any other mode is returned as it is.
        profile: of ICC; ignored if it is broken, of another colour space than the picture, or sRGB's.

    Returns:
        RGB or RGBA, or the picture itself if its profile changes nothing.
    """
    if not profile or image.mode not in ("L", "RGB", "RGBA", "CMYK"):
        return image
    find = _transform if len(profile) <= _CACHED_BYTES else _transform.__wrapped__
    transform = find(profile, image.mode)
    return image if transform is None else transform.apply(image)


class _Transform:
    """From one colour space to sRGB."""

    def __init__(self, profile: bytes, mode: str) -> None:
        from PIL import ImageCms

        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if mode not in _MODES.get(source.profile.xcolor_space, ()):
            raise ValueError(f"a profile of {source.profile.xcolor_space!r} for a picture in {mode}")
        self._cms = ImageCms
        self._transform = ImageCms.buildTransform(
            source,
            ImageCms.createProfile("sRGB"),
            mode,
            "RGBA" if mode == "RGBA" else "RGB",
            ImageCms.Intent.RELATIVE_COLORIMETRIC,
            ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )

    def apply(self, image: Image.Image) -> Image.Image:
        turned = self._cms.applyTransform(image, self._transform)
        assert turned is not None
        return turned

    def changes(self, mode: str) -> bool:
        """Whether it changes any colour of a grid visibly."""
        if mode == "CMYK":
            return True
        levels = np.arange(0, 256, 15, dtype=np.uint8)
        grid = np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(-1, levels.size, 3)
        image = Image.fromarray(np.arange(256, dtype=np.uint8)[None] if mode == "L" else grid).convert(mode)
        # np.asarray of RGBA has the alpha last, which no profile changes.
        before, after = (np.asarray(each.convert("RGB"), dtype=np.int16) for each in (image, self.apply(image)))
        return bool(np.abs(after - before).max() > CLOSE_ENOUGH)


@lru_cache(maxsize=32)
def _transform(profile: bytes, mode: str) -> _Transform | None:
    """None if nothing is to be done. Shops use few profiles, and telling what one does takes a millisecond."""
    try:
        transform = _Transform(profile, mode)
        return transform if transform.changes(mode) else None
    # Little CMS meets a hostile profile with nearly any error; the picture is shown as if it had none.
    except Exception:
        return None
