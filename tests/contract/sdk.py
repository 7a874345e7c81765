# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The official Python SDK, as it is, pointed at the simulator, and what its models know of the API."""

from __future__ import annotations

import copy
import typing
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from alibabacloud_cams20200606 import models
from alibabacloud_cams20200606.client import Client
from alibabacloud_tea_openapi.utils_models import Config
from darabonba.model import DaraModel


class RecordingClient(Client):  # type: ignore[misc]
    """The SDK's client; it keeps each answer's JSON as it was before a model dropped what it does not know."""

    def __init__(self, endpoint: str, key: str, secret: str, token: str = "", algorithm: str = "") -> None:
        super().__init__(
            Config(
                access_key_id=key,
                access_key_secret=secret,
                security_token=token or None,
                signature_algorithm=algorithm or None,
                endpoint=urlsplit(endpoint).netloc,
                protocol="HTTP",
            )
        )
        self.bodies: list[tuple[str, dict[str, Any]]] = []

    def call_api(self, params: Any, request: Any, runtime: Any) -> Any:
        answer = super().call_api(params, request, runtime)
        self.bodies.append((params.action, copy.deepcopy(answer["body"])))
        return answer


def response_body(action: str) -> type[Any]:
    """The model of an operation's answer."""
    return typing.cast("type[Any]", getattr(models, f"{action}ResponseBody"))


def fullest(model: type[Any]) -> dict[str, Any]:
    """The JSON of a model with every field set, also in the models below it."""
    fields = typing.get_type_hints(model.__init__)
    document: dict[str, Any] = model(**{name: _sample(hint) for name, hint in fields.items()}).to_map()
    return document


def _sample(hint: Any) -> Any:
    # Python 3.10 says Optional of every parameter whose default is None, whatever its annotation.
    if typing.get_origin(hint) is typing.Union:
        hint = typing.get_args(hint)[0]
    if typing.get_origin(hint) is list:
        return [_sample(typing.get_args(hint)[0])]
    if typing.get_origin(hint) is dict:
        return {}
    if issubclass(hint, DaraModel):
        return hint().from_map(fullest(hint))
    return {str: "text", int: 1, bool: True}[hint]


def fields(document: Any, pattern: Any, path: str = "") -> Iterator[str]:
    """Every value's place and type, down to where the pattern says that a value is free in its form."""
    if isinstance(document, dict) and pattern != {}:
        known = pattern if isinstance(pattern, dict) else {}
        for name, value in document.items():
            yield from fields(value, known.get(name), f"{path}.{name}")
    elif isinstance(document, list):
        for item in document:
            yield from fields(item, pattern[0] if isinstance(pattern, list) else None, f"{path}[]")
    else:
        yield f"{path}: {type(document).__name__}"


def without_empty_lists(document: Any) -> Any:
    """The models fill a list that is absent with an empty one; neither says more than the other."""
    if isinstance(document, dict):
        return {name: without_empty_lists(value) for name, value in document.items() if value != []}
    if isinstance(document, list):
        return [without_empty_lists(item) for item in document]
    return document
