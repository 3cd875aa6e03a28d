"""The constants that scripts share with Python, as a module that scripts import.

There is no such file: bundles.py adds it to a bundle.
"""

import json

from app.frontend.requests import MAX_ABS_CODE, PAD_SIDE
from app.images import MAX_BYTES, example_digits
from app.images.preprocess import CENTER, DIGIT_SIDE, MIN_STROKE, OVERSAMPLING, TIE
from app.images.strokes import FAINT, FLAT
from app.model.inference import MAX_IMAGES, MAX_SEED, MAX_STEPS, STEPS

NAME = "frontend/js/constants.js"
CONSTANTS = {
    "CENTER": CENTER,
    "DIGIT_SIDE": DIGIT_SIDE,
    "EXAMPLE_DIGITS": example_digits(),
    "FAINT": FAINT,
    "FLAT": FLAT,
    "MAX_ABS_CODE": MAX_ABS_CODE,
    "MAX_BYTES": MAX_BYTES,
    "MAX_IMAGES": MAX_IMAGES,
    "MAX_SEED": MAX_SEED,
    "MAX_STEPS": MAX_STEPS,
    "MIN_STROKE": MIN_STROKE,
    "OVERSAMPLING": OVERSAMPLING,
    "PAD_SIDE": PAD_SIDE,
    "STEPS": STEPS,
    "TIE": TIE,
}


def constants_script() -> str:
    """Return an ES module that exports each constant by its name."""
    return "".join(
        f"export const {name} = {json.dumps(value, separators=(',', ':'))};\n"
        for name, value in CONSTANTS.items()
    )
