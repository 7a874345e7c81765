# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Refusals of the service without a documented error code: each has an invented name and WhatsApp's text.

The numbers in WhatsApp's texts are Meta's error numbers. All are published, except 136024 (known from reports) and
136025 (assumed). The sentences are invented, but similar to Meta's.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refusal:
    code: str
    message: str
    upstream: str


WABA_NOT_APPROVED = Refusal(
    "Waba.NotApproved",
    "The WABA of this space is not approved.",
    "(#2388103) Phone number cannot be migrated: the destination WhatsApp Business Account is not approved",
)
BUSINESS_NOT_VERIFIED = Refusal(
    "Business.NotVerified",
    "The business of this space is not verified.",
    "(#2388103) Phone number cannot be migrated: the business is not verified",
)
ALREADY_CONNECTED = Refusal(
    "PhoneNumber.AlreadyConnected",
    "The phone number is already in this space.",
    "(#2388012) Phone number is already in your account",
)
ALREADY_MIGRATING = Refusal(
    "PhoneNumber.AlreadyMigrating",
    "This number is being migrated already.",
    "(#2388012) Phone number is already in your account",
)
STATUS_NOT_MIGRATABLE = Refusal(
    "PhoneNumber.NotMigratable",
    "A number with this status cannot be migrated.",
    "(#2388103) Phone number cannot be migrated",
)
NO_OTHER_PROVIDER = Refusal(
    "PhoneNumber.NotMigratable",
    "The number is registered with no other provider.",
    "(#2388103) Phone number cannot be migrated: add it directly instead",
)
TWO_STEP_VERIFICATION = Refusal(
    "PhoneNumber.TwoStepVerification",
    "Two-step verification is still on for this number.",
    "(#2388001) Two-step verification must be disabled",
)
NO_CODE_WITHOUT_MIGRATION = Refusal(
    "PhoneNumber.NotMigrating",
    "The number is not being migrated.",
    "(#2388091) Phone number is not eligible to receive a code because it is not being migrated",
)
NO_VERIFY_WITHOUT_MIGRATION = Refusal(
    "PhoneNumber.NotMigrating",
    "The number is not being migrated.",
    "(#2388093) Phone number is not eligible to verify a code because it is not being migrated",
)
NO_REGISTER_WITHOUT_MIGRATION = Refusal(
    "PhoneNumber.NotMigrating",
    "The number is not being migrated.",
    "(#133010) Phone number is not registered on the WhatsApp Business platform",
)
TOO_MANY_CODES = Refusal(
    "VerifyCode.RequestLimit",
    "Too many verification codes were requested.",
    "(#136024) Request code error: too many codes were requested, try again later",
)
CODE_NOT_REQUESTED = Refusal(
    "VerifyCode.NotRequested",
    "No verification code was requested for this number.",
    "(#136025) Verify code error: no code was requested for this phone number",
)
WRONG_CODE = Refusal(
    "VerifyCode.Incorrect",
    "The verification code is incorrect.",
    "(#136025) Verify code error: the code is incorrect",
)
EXPIRED_CODE = Refusal(
    "VerifyCode.Expired",
    "The verification code has expired.",
    "(#136025) Verify code error: the code has expired",
)
TOO_MANY_WRONG_CODES = Refusal(
    "VerifyCode.Locked",
    "Too many wrong codes. Try again later.",
    "(#136025) Verify code error: too many attempts, try again later",
)
ALREADY_REGISTERED = Refusal(
    "PhoneNumber.AlreadyRegistered",
    "The number is already registered.",
    "(#2388012) Phone number is already in your account",
)
NOT_VERIFIED = Refusal(
    "PhoneNumber.NotVerified",
    "The number must be verified (again) before registering.",
    "(#133006) Phone number needs to be verified before registering",
)
TOO_MANY_REGISTERS = Refusal(
    "PhoneNumber.RegisterLimit",
    "Too many registrations of this number.",
    "(#133016) Too many attempts to register or deregister this phone number, try again later",
)
