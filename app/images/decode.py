"""Decode an uploaded file safely: bytes to a Pillow image, or one sentence that says why not.

Limits on bytes and pixels are checked before anything is decoded.
"""

import io

from PIL import Image, ImageOps, ImageStat

# TGA has no signature, so Pillow must try it last.
FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF", "AVIF", "PPM", "JPEG2000", "TGA")
MAX_BYTES = 20_000_000
MAX_SIDE = 20_000
MAX_PIXELS = 25_000_000
MAX_JPEG_PIXELS = 50_000_000  # a phone's photo, which is decoded at a fraction of its size
DRAFT_SIDE = 600  # a JPEG is decoded at the smallest scale of 1, 1/2, 1/4, 1/8 above this
MAX_FRAMES = 50  # of an animation, in the search for a frame that shows something
BLANK = 1.0  # gray levels of 255: a frame whose standard deviation is smaller is blank
FULL = 0.9  # of the largest standard deviation: about four fifths of the ink

_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}


def open_image(data: bytes) -> Image.Image:
    """Return an uploaded file as an upright image in its own mode (alpha and 16 bits are kept).

    Of an animation that begins with a blank frame, the first full frame is returned. A large JPEG
    is decoded at 1/2, 1/4 or 1/8 of its size, which is at least DRAFT_SIDE pixels a side.

    Raises:
        ValueError: one sentence, for an empty, too large, unknown, damaged or oversized file.
    """
    if not data:
        raise ValueError("This file is empty: send an image as PNG or JPEG.")
    if len(data) > MAX_BYTES:
        raise ValueError(
            f"This file has {len(data) / 1e6:.0f} MB: send one of at most {MAX_BYTES // 10**6} MB."
        )
    image = _read_header(data)
    _check_size(image)
    return _decode(image)


def _read_header(data: bytes) -> Image.Image:
    try:
        return Image.open(io.BytesIO(data), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ValueError(_too_many_pixels(MAX_PIXELS)) from error
    except Exception as error:  # Pillow's readers raise nearly anything on a malicious file
        if data[4:8] == b"ftyp" and data[8:12] in _HEIC_BRANDS:
            sentence = "This is a HEIC image, which cannot be read here: save it as JPEG."
        else:
            sentence = "This file is not an image that can be read: send PNG, JPEG or WebP."
        raise ValueError(sentence) from error


def _check_size(image: Image.Image) -> None:
    width, height = image.size
    if max(width, height) > MAX_SIDE:
        raise ValueError(
            f"This image is {width} x {height} pixels: "
            f"send one of at most {MAX_SIDE:,} pixels a side."
        )
    limit = MAX_JPEG_PIXELS if image.format in ("JPEG", "MPO") else MAX_PIXELS
    if width * height > limit:
        raise ValueError(_too_many_pixels(limit))


def _too_many_pixels(limit: int) -> str:
    return f"This image has more than {limit // 10**6} million pixels: send it at a smaller size."


def _decode(image: Image.Image) -> Image.Image:
    try:
        image.draft(None, (DRAFT_SIDE, DRAFT_SIDE))  # does nothing unless it is a JPEG
        image.load()
        _skip_blank_frames(image)
        return _upright(image)
    except Exception as error:  # as above: truncated data, a false header, a broken codec
        raise ValueError(
            "This image is damaged or cut short: send the whole file, or save it again as PNG."
        ) from error


def _skip_blank_frames(image: Image.Image) -> None:
    """Seek the first full frame of an animation that begins blank.

    The first frame with ink may hold the first dot of a digit that is being drawn.
    """
    frames = getattr(image, "n_frames", 1)
    if frames == 1 or image.format == "MPO" or _spread(image) > BLANK:
        return
    affordable = MAX_PIXELS // (image.width * image.height)
    spread = []
    for frame in range(min(frames, affordable, MAX_FRAMES)):
        image.seek(frame)
        spread.append(_spread(image))
    image.seek(next(i for i, value in enumerate(spread) if value >= FULL * max(spread)))
    image.load()


def _spread(image: Image.Image) -> float:
    """Return the standard deviation of an image's gray levels."""
    return ImageStat.Stat(image.convert("RGBA").convert("L")).stddev[0]


def _upright(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # damaged EXIF data does not make the pixels unreadable
        return image.copy()


def from_bytes(pixels: bytes, side: int) -> Image.Image:
    """Return the drawing pad's side * side gray bytes, row by row, as an image of mode L.

    Raises:
        ValueError: for another number of bytes.
    """
    if side < 1 or len(pixels) != side * side:
        raise ValueError(
            f"A drawing of {side} x {side} pixels takes {side * side} bytes, not {len(pixels)}."
        )
    return Image.frombytes("L", (side, side), pixels)
