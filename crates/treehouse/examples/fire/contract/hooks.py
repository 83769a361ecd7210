"""Requests that only name what isn't there would test the 404 alone: half of them name what is."""

import json
import random

import schemathesis

with open("known.json") as file:
    KNOWN = json.load(file)


def name_what_is_there(values):
    if not values:
        return values
    return {
        name: KNOWN[name] if name in KNOWN and random.random() < 0.5 else value
        for name, value in values.items()
    }


@schemathesis.hook
def before_call(context, case, kwargs):
    # What is meant to be wrong stays wrong.
    mode = getattr(getattr(case, "meta", None), "generation", None)
    if mode is not None and "NEGATIVE" in str(mode.mode):
        return
    case.path_parameters = name_what_is_there(case.path_parameters)
    case.query = name_what_is_there(case.query)


@schemathesis.serializer("application/cbor")
def sealed_record(context, value):
    """Any bytes: Schemathesis doesn't know how to write a signed record."""
    return value if isinstance(value, bytes) else str(value).encode()
