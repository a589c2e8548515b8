"""What a schema cannot say, for schemathesis: what a picture is, and which products there are."""

import io
import os

import schemathesis
from hypothesis import strategies
from PIL import Image
from schemathesis.core.file_samples import MEDIA_TYPE_FILE_SAMPLES


def picture(form):
    written = io.BytesIO()
    Image.new("RGB", (32, 40), (180, 30, 40)).save(written, form)
    return written.getvalue()


PICTURES = {f"image/{form}": picture(form) for form in ("jpeg", "png", "webp")}

for kind, data in PICTURES.items():
    schemathesis.openapi.media_type(kind, strategies.just(data))
schemathesis.openapi.format("binary", strategies.just(PICTURES["image/png"]))
# Its own samples have one pixel, and are refused because nothing can be seen in them.
MEDIA_TYPE_FILE_SAMPLES.update(PICTURES)


PRODUCTS = os.environ["KNOWN_PRODUCTS"].split()


def known(text):
    """The id of one of the products for any text."""
    return PRODUCTS[len(text) % len(PRODUCTS)]


@schemathesis.hook
def map_path_parameters(context, parameters):
    """Every second id is one of the catalog's."""
    if parameters and isinstance(parameters.get("id"), str) and len(parameters["id"]) % 2:
        parameters["id"] = known(parameters["id"])
    return parameters


@schemathesis.hook
def map_body(context, body):
    """Liked and disliked ids are the catalog's."""
    for name in ("liked", "disliked") if isinstance(body, dict) else ():
        if isinstance(body.get(name), list):
            body[name] = [known(each) if isinstance(each, str) else each for each in body[name]]
    return body
