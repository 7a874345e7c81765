# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The operations: parameters, RAM action and answer of each."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from . import model
from .errors import RefusalError, invalid_parameter_error, missing_parameter_error
from .health import health_document
from .readings import MethodCase, StatusFilter
from .rows import Row, Shape
from .world import World, new_id

Fields = dict[str, Any]


@dataclass(slots=True)
class Answer:
    fields: Fields = field(default_factory=dict)
    # Encoded JSON of each row. It is cached, because a space may have thousands of rows.
    rows: list[Row] | None = None


@dataclass(slots=True)
class Call:
    """One call that passed all checks, as input of an operation."""

    world: World
    owner_id: str
    parameters: dict[str, str]
    effect: str | None = None

    def get(self, name: str) -> str:
        return self.parameters.get(name, "")

    def space(self) -> model.Space:
        return self.world.space(self.owner_id, self.get("CustSpaceId"))

    def spaces(self) -> list[model.Space]:
        """Return the spaces that CustSpaceId and IsvCode select. Both are optional."""
        isv_code = self.get("IsvCode") or None
        if not self.get("CustSpaceId"):
            return self.world.spaces_of_account(self.owner_id, isv_code)
        space = self.space()
        return [space] if isv_code in (None, space.isv_code) else []


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    required: bool = True
    form: re.Pattern[str] = re.compile(r".+", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Operation:
    name: str
    parameters: tuple[Parameter, ...]
    run: Callable[[Call], Answer]
    # The published samples differ in this field, so clients must check only Code.
    message: str = "SUCCESS"
    success: bool | None = None

    @property
    def ram_action(self) -> str:
        return f"cams:{self.name}"

    def check_parameters(self, parameters: dict[str, str]) -> None:
        for parameter in self.parameters:
            value = parameters.get(parameter.name, "")
            if parameter.required and not value:
                raise missing_parameter_error(parameter.name)
            if value and not parameter.form.fullmatch(value):
                raise invalid_parameter_error(parameter.name)


def _initiate(call: Call) -> Answer:
    number = call.world.initiate(call.space(), call.get("CountryCode") + call.get("MobileNumber"))
    call.effect = "initiated"
    return Answer({"Data": {"PhoneNumber": number.phone_number, "Id": number.id, "Status": model.MIGRATING}})


def _request_code(call: Call) -> Answer:
    space, method = call.space(), call.get("Method")
    if call.world.settings.method_case is MethodCase.LOWER and method != method.lower():
        raise invalid_parameter_error("Method")
    number = call.world.request_code(space, call.get("PhoneNumber"), method.lower(), call.get("Locale"))
    call.effect = "code_sent"
    return Answer({"Data": _number_fields(number)})


def _submit_code(call: Call) -> Answer:
    space = call.space()
    wrong_before = _count_wrong_codes(call, space)
    try:
        number = call.world.submit_code(space, call.get("PhoneNumber"), call.get("VerifyCode"))
    except RefusalError:
        call.effect = "code_refused" if _count_wrong_codes(call, space) > wrong_before else None
        raise
    call.effect = "code_accepted"
    return Answer({"Data": _number_fields(number)})


def _count_wrong_codes(call: Call, space: model.Space) -> int:
    number = call.world.find_number(space.cust_space_id, call.get("PhoneNumber"))
    return 0 if number is None else number.effects.hand_ins_wrong


def _register(call: Call) -> Answer:
    call.world.register(call.space(), call.get("PhoneNumber"))
    call.effect = "registered"
    return Answer()


def _verification_status(call: Call) -> Answer:
    number, word = call.world.read_status(call.space(), call.get("PhoneNumber"))
    return Answer({"Data": {**_number_fields(number), "CodeVerificationStatus": word}})


def _query(call: Call) -> Answer:
    rows = [row for space in call.spaces() for row in call.world.rows(space, Shape.QUERY)]
    wanted = call.get("Status")
    if wanted:
        rows = [row for row in rows if wanted in _filter_values(row, call.world.settings.status_filter)]
    return Answer(rows=rows)


def _filter_values(row: Row, reading: StatusFilter) -> tuple[str, ...]:
    return {
        StatusFilter.EITHER: (row.status, row.verification),
        StatusFilter.STATUS: (row.status,),
        StatusFilter.VERIFICATION: (row.verification,),
    }[reading]


def _sync(call: Call) -> Answer:
    space = call.space()
    call.world.sync(space)
    call.effect = "synced"
    return Answer(rows=call.world.rows(space, Shape.SYNC))


_WEBHOOK_FIELDS = {
    "StatusCallbackUrl": "status_callback_url",
    "UpCallbackUrl": "up_callback_url",
    "HttpFlag": "http_flag",
    "QueueFlag": "queue_flag",
}


def _update_webhook(call: Call) -> Answer:
    changes = {kept: call.parameters[name] for name, kept in _WEBHOOK_FIELDS.items() if name in call.parameters}
    call.world.update_webhook(call.space(), call.get("PhoneNumber"), changes)
    call.effect = "webhook_updated"
    return Answer()


def _bound_waba(call: Call) -> Answer:
    if not (call.get("CustSpaceId") or call.get("IsvCode")):
        raise missing_parameter_error("CustSpaceId")
    space = next((space for space in call.spaces() if space.waba is not None), None)
    if space is None or space.waba is None:
        return Answer()
    waba = space.waba
    fields: Fields = {
        "Id": waba.id,
        "Name": waba.name,
        "AccountReviewStatus": waba.account_review_status,
        "Currency": waba.currency,
        "MessageTemplateNamespace": waba.message_template_namespace,
        "PrimaryBusinessLocation": waba.primary_business_location,
        "AuthInternationalRateEligibility": waba.auth_international_rate_eligibility,
        "MarketingMessageLiteStatus": waba.marketing_message_lite_status,
        "IsOnBizApp": waba.is_on_biz_app,
    }
    if space.business is not None:
        fields |= {"BusinessId": space.business.id, "BusinessName": space.business.name}
    return Answer({"Data": {name: value for name, value in fields.items() if value}})


def _business_info(call: Call) -> Answer:
    space = call.space()
    if space.waba is None or space.waba.id != call.get("WabaId"):
        raise RefusalError("InvalidParameter.WabaId", "The WABA is not bound to this space.")
    business = space.business
    if business is None:
        return Answer()
    return Answer(
        {
            "Data": {
                "BusinessId": business.id,
                "BusinessName": business.name,
                "VerificationStatus": business.verification_status,
                "Vertical": business.vertical,
            }
        }
    )


def _health(call: Call) -> Answer:
    return Answer({"Data": health_document(call.world, call.space(), call.parameters)})


def made_up_answer(operation: str, phone_number: str, verification_status: str) -> Answer:
    """Return a successful answer for a number that does not exist in the simulator."""
    data = {"PhoneNumber": phone_number, "Id": new_id("", phone_number)}
    if operation == "CreateChatappMigrationInitiate":
        data["Status"] = model.MIGRATING
    if operation == "GetPhoneNumberVerificationStatus":
        data["CodeVerificationStatus"] = verification_status
    return Answer({"Data": data})


def _number_fields(number: model.Number) -> Fields:
    return {"PhoneNumber": number.phone_number, "Id": number.id}


_SPACE = Parameter("CustSpaceId")
_OPTIONAL_SPACE = Parameter("CustSpaceId", required=False)
_ISV = Parameter("IsvCode", required=False)
_PHONE = Parameter("PhoneNumber", form=re.compile(r"[0-9]{1,20}"))
_FLAG = re.compile(r"[YN]")

OPERATIONS: dict[str, Operation] = {
    operation.name: operation
    for operation in (
        Operation(
            "CreateChatappMigrationInitiate",
            (
                _SPACE,
                Parameter("CountryCode", form=re.compile(r"[1-9][0-9]{0,2}")),
                Parameter("MobileNumber", form=re.compile(r"[0-9]{1,20}")),
            ),
            _initiate,
        ),
        Operation(
            "GetMigrationVerifyCode",
            (
                _SPACE,
                _PHONE,
                Parameter("Locale", form=re.compile(r"[a-z]{2,3}([_-][A-Za-z]{2,4})?")),
                Parameter("Method", form=re.compile(r"sms|voice", re.IGNORECASE)),
            ),
            _request_code,
            message="None",
        ),
        Operation(
            "ChatappMigrationVerified",
            (_SPACE, _PHONE, Parameter("VerifyCode", form=re.compile(r"[0-9]{6}"))),
            _submit_code,
            message="无",
        ),
        Operation("ChatappMigrationRegister", (_SPACE, _PHONE), _register, message="None"),
        Operation("GetPhoneNumberVerificationStatus", (_SPACE, _PHONE), _verification_status, message="无"),
        Operation(
            "QueryChatappPhoneNumbers",
            (_OPTIONAL_SPACE, _ISV, Parameter("Status", required=False)),
            _query,
            success=True,
        ),
        Operation("ChatappSyncPhoneNumber", (_SPACE,), _sync, message="None", success=True),
        Operation(
            "UpdatePhoneWebhook",
            (_SPACE, _PHONE, Parameter("HttpFlag", False, _FLAG), Parameter("QueueFlag", False, _FLAG)),
            _update_webhook,
            message="null",
        ),
        Operation("QueryChatappBindWaba", (_OPTIONAL_SPACE, _ISV), _bound_waba, success=True),
        Operation("QueryWabaBusinessInfo", (_SPACE, Parameter("WabaId")), _business_info, success=False),
        Operation(
            "GetWhatsappHealthStatus",
            (
                _SPACE,
                Parameter("NodeType", form=re.compile(r"template|phone|waba")),
                Parameter("PhoneNumber", False, re.compile(r"[0-9]{1,20}")),
                Parameter("WabaId", False),
                Parameter("TemplateCode", False),
                Parameter("Language", False),
            ),
            _health,
            message="OK",
            success=True,
        ),
    )
}
