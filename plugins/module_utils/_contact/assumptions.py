# Copyright (c) 2026, chatapp.cams contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of assumptions: what the service's documents leave open, what we assume, and how first contact checks it.

`make assumptions` makes from this table the table in assumptions.rst, the simulator's readings.py, and the table of
readings in the simulator's README. A test compares them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Reading:
    """A setting of the simulator that selects one of several behaviours. The first value is the default."""

    setting: str
    values: tuple[str, ...]
    # The row of the simulator's manual.
    manual: str
    # The type in the simulator's readings.py. Two settings can share a type; the first of them describes it.
    type_name: str
    meaning: str = ""
    # The names of the values in Python, where they are not the values in capitals.
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Delay:
    """A setting of the simulator in seconds, for each word that describes an observed delay."""

    setting: str
    seconds: Mapping[str, float]


@dataclass(frozen=True)
class Assumption:
    """One question that the documents leave open."""

    id: str
    question: str
    # What the collection does, and why every reading is safe.
    behaviour: str
    # How first contact observes the answer. Empty if it does not.
    observed_by: str = ""
    # The value that we assume. Empty if no observation can show the answer.
    assumed: str = ""
    reading: Reading | None = None
    delay: Delay | None = None

    def setting_for(self, value: str) -> tuple[str, str | float] | None:
        """Return the simulator's setting for an observed value. None if the simulator has no such behaviour."""
        if self.reading is not None and value in self.reading.values:
            return self.reading.setting, value
        if self.delay is not None and value in self.delay.seconds:
            return self.delay.setting, self.delay.seconds[value]
        return None


ASSUMPTIONS: tuple[Assumption, ...] = (
    Assumption(
        id="before_register",
        question="Which status does the query show between initiate and register?",
        behaviour=(
            "``PENDING``, ``UNVERIFIED``, ``MIGRATING`` and a missing row have the same meaning. The run reads the "
            "verification status for each of them."
        ),
        observed_by="The rows of the number after its initiate, before its register.",
        assumed="pending",
        reading=Reading(
            "before_register",
            ("pending", "unverified", "migrating", "hidden"),
            manual=(
                "What do Query and Sync show between initiate and register? Not published. The published Sync sample "
                "shows PENDING beside VERIFIED. The answer of initiate contains `MIGRATING`, but the list of the "
                "query's values does not"
            ),
            type_name="BeforeRegister",
            meaning="The status that Query and Sync show between initiate and register.",
        ),
    ),
    Assumption(
        id="unknown_number_refusal",
        question=("Which error means that a number is unknown, when a run reads its verification status?"),
        behaviour=(
            "The collection learns this error. It never guesses. It compares the refusal with the refusal of a "
            "*control number* (``+44 7700 900…``, reserved for films). Both must have the same HTTP status, error "
            "code and message. Before the first initiate that depends on a new refusal, the run reads the number, the "
            "control number and the number again. All three answers must agree. After the initiate, the service must "
            "answer for the number and still refuse the control number in the same way. Then the collection remembers "
            "the refusal for this endpoint and access key. Until then it requests codes only for numbers in "
            "``cams_resend``."
        ),
        observed_by="The refusal of the number before its initiate.",
        assumed="listed",
        reading=Reading(
            "unknown_number_refusal",
            ("listed", "unlisted"),
            manual=(
                "The error code for an unknown number. `listed`: `InvalidParameter.PhoneNumberError`. `unlisted`: "
                "`InvalidParameter` with WhatsApp's text, which contains the number's digits and a new trace id each "
                "time. The error-code page does not mention numbers that are not in a space"
            ),
            type_name="UnknownNumberRefusal",
            meaning=(
                "The error code for an unknown number: a documented code, or a general code with WhatsApp's text."
            ),
        ),
    ),
    Assumption(
        id="unknown_number_status",
        question="Which HTTP status does the refusal of an unknown number have?",
        behaviour=("The HTTP status is a part of the refusal that the collection learns. Each status works."),
        observed_by="The refusal of the number before its initiate.",
        assumed="http_400",
        reading=Reading(
            "unknown_number_status",
            ("http_400", "http_200"),
            manual="The HTTP status of a refusal because the number is not in the space",
            type_name="RefusalStatus",
            meaning="The HTTP status of a refusal by the service.",
        ),
    ),
    Assumption(
        id="fictional_numbers",
        question="Does the service refuse a number that no country assigns like every unknown number?",
        behaviour=(
            "If the two refusals differ, the collection learns nothing. It then requests a code only for numbers in "
            "``cams_resend``."
        ),
        observed_by="The refusals of the number and of the control number before the initiate.",
        assumed="same",
        reading=Reading(
            "fictional_numbers",
            ("same", "other"),
            manual=(
                "How does that operation refuse a number that no country assigns (+1 xxx 555 0100 to 0199, +44 7700 "
                "900000 to 900999) and that is not in the space? `same`: like every unknown number. `other`: "
                '`InvalidParameter`, "The phone number format is invalid." Not published'
            ),
            type_name="FictionalNumbers",
            meaning=(
                "Whether a number reserved for fiction is refused like other unknown numbers or with its own error."
            ),
        ),
    ),
    Assumption(
        id="false_refusal",
        question="Can a fault look the same?",
        behaviour=(
            "Yes, in theory. Such a fault refuses the number, the control number and the number again. After the "
            "initiate it answers for the number, and refuses the control number once more, always with the same text. "
            "For a run with no memory of a migrating number, and without a row, this would cause a second code."
        ),
    ),
    Assumption(
        id="row_delay",
        question="How long can the service hide an initiate from a machine that has no memory of it?",
        behaviour=(
            "The run that made the initiate reads the number for seven seconds. A run on another machine, without the "
            "same memory, cannot distinguish a hidden number from a new one. So several machines need a common "
            ":ref:`store <ansible_collections.chatapp.cams.docsite.guide_store>`."
        ),
        observed_by="The time from the initiate to the first query that shows the number.",
        assumed="at_once",
        delay=Delay("row_delay_seconds", {"at_once": 0, "seconds": 5, "minutes": 300}),
    ),
    Assumption(
        id="status_read",
        question="When does the service show the verification status of an initiated number?",
        behaviour=(
            "All of these work: at once, some seconds later, after a code request, or only after register. If the "
            "status is still refused after an accepted initiate, the run starts no further numbers. The first number "
            "waits for ``cams_resend``. A run submits a given code even if the status is refused."
        ),
        observed_by=("The status reads after the initiate, after the code request and after the verification."),
        assumed="plain",
        reading=Reading(
            "status_read",
            ("plain", "fussy", "blind"),
            manual=(
                "How does `GetPhoneNumberVerificationStatus` answer between initiate and register? `plain`: from "
                "initiate on. `fussy`: until a code was requested, the number is refused like an unknown number, "
                'because the pages say that it "must have been added and submitted for verification". `blind`: until '
                "it is registered, the number is refused like an unknown number"
            ),
            type_name="StatusRead",
            meaning=(
                "How GetPhoneNumberVerificationStatus answers between initiate and register.  `plain` answers at "
                "once. `fussy` refuses the number like an unknown number until a code was requested. `blind` refuses "
                "it like an unknown number until it is registered."
            ),
        ),
    ),
    Assumption(
        id="reclaim_row",
        question=("Does the old row of a number remain when ``cams_reclaim`` starts its migration again?"),
        behaviour=(
            "The initiate in the journal, or the marker of a code request, overrides the row. The run does not "
            "initiate the number a second time, and it submits the code."
        ),
        assumed="moves",
        reading=Reading(
            "reclaim_row",
            ("moves", "stays", "adds"),
            manual=(
                "What happens to the row of a MIGRATED, DELETED or DISCONNECTED number that is initiated again? "
                "`moves`: the row changes. `stays`: the row keeps its status until register, but the status read "
                "answers for the new migration. `adds`: the number then has two rows. Not published"
            ),
            type_name="ReclaimRow",
            meaning=(
                "The old row of a MIGRATED, DELETED or DISCONNECTED number after it is initiated again.  It becomes "
                "the new row, it keeps its status until register, or it stays beside the new row forever."
            ),
        ),
    ),
    Assumption(
        id="old_row_place",
        question="Which row counts if a space shows a number twice?",
        behaviour=(
            "The most advanced row counts: first connected, then limited, verified and initiated, and last the rows "
            "of numbers that left."
        ),
        observed_by="The order of the rows, if the space shows a number twice.",
        assumed="last",
        reading=Reading(
            "old_row_place",
            ("last", "first"),
            manual=(
                "The position of the old row in Query and Sync, if a number has two (`old_row_status`, see *Seeds*): "
                "after or before the current row"
            ),
            type_name="OldRowPlace",
            meaning="The position of the old row in Query and Sync, for a number that has two rows.",
        ),
    ),
    Assumption(
        id="answer_number",
        question="Is an answer about the requested number?",
        behaviour=(
            "If the answer contains ``Data.PhoneNumber``, the client compares it. Another number makes the effect "
            "unknown."
        ),
        observed_by="The number in each answer that contains one.",
        assumed="requested_number",
    ),
    Assumption(
        id="second_initiate",
        question="What happens on a second initiate?",
        behaviour=(
            "A run reads a number before it initiates it. After a refused initiate, the run reads again. If the "
            "number is initiated by then, the step counts as done earlier, and the run requests no code."
        ),
        observed_by="First contact never makes a second initiate on purpose.",
        assumed="accepted",
        reading=Reading(
            "second_initiate",
            ("accepted", "refused"),
            manual=(
                "A second initiate of a migrating number. Not published. If accepted, it changes nothing: a "
                "verification stays valid, no code is sent, and no delay starts again"
            ),
            type_name="SecondInitiate",
            meaning="The answer to a second initiate of a number that is already migrating.",
        ),
    ),
    Assumption(
        id="needs_sync",
        question="Does a status change in the query without a sync?",
        behaviour=(
            "Possibly not. A run syncs a space in which several numbers wait for codes. It syncs and queries a space "
            "before a register, before a reclaim, and while it waits for connections. It does the same after a write "
            "that was refused or got no answer."
        ),
        observed_by=("Queries directly before and after a sync, after the initiate and after the register."),
        assumed="no",
        reading=Reading(
            "needs_sync",
            ("no", "yes"),
            manual=(
                "Does the query show a change only after a sync? The pages say that Sync synchronises the numbers of "
                "the WABA. They do not say what happens without it"
            ),
            type_name="NeedsSync",
            meaning="Whether the query shows a change only after ChatappSyncPhoneNumber.",
        ),
    ),
    Assumption(
        id="hidden_changes",
        question="Can a number be verified or cancelled elsewhere while no row shows it?",
        behaviour=(
            "Yes. The run reads no status as long as the journal or the store knows a code request and no submitted "
            "code. It finds out when the number gets a row, a code, ``cams_resend`` or ``cams_reclaim``."
        ),
    ),
    Assumption(
        id="status_delay",
        question="How soon does the cloud show an initiated number?",
        behaviour=(
            "Not necessarily at once. After an initiate the run reads the number up to four times within seven "
            "seconds. If the status is still refused, the run requests no code. A later run does not initiate the "
            "number again: the journal remembers the initiate, and the state directory or the store remembers the "
            "code request."
        ),
        observed_by="The time from the initiate to the first status read that answers.",
        assumed="at_once",
        delay=Delay("status_delay_seconds", {"at_once": 0, "seconds": 5, "minutes": 300}),
    ),
    Assumption(
        id="verification_words",
        question='Which words mean "not verified"?',
        behaviour="Every word except ``VERIFIED``.",
        observed_by="The words in rows and status reads.",
        assumed="not_verified",
        reading=Reading(
            "verification_words",
            ("not_verified", "review"),
            manual=(
                "Two lists of words are published: NOT_VERIFIED, EXPIRED; or MORE_INFORMATION_REQUESTED (never "
                "verified), REJECTED (a wrong code was submitted), REVOKED (expired). Only VERIFIED is in both"
            ),
            type_name="VerificationWords",
            meaning='The words for "not verified": one of the two published lists of words.',
        ),
    ),
    Assumption(
        id="wrong_codes",
        question="Which errors mean a wrong or expired code, and how many tries are allowed?",
        behaviour=(
            "Every refused code counts as used. A code whose answer was lost counts as used too. With a journal or a "
            "store, no later run submits it again."
        ),
        observed_by="First contact submits only the code that you give, once.",
    ),
    Assumption(
        id="code_requests",
        question="How many codes may be requested?",
        behaviour=(
            "One for each initiate or each number in ``resend``. With a journal or a store, also at most one in 15 "
            "minutes and three in 24 hours."
        ),
        observed_by="First contact requests one code.",
    ),
    Assumption(
        id="register_budget",
        question="How often may a number be registered?",
        behaviour=(
            "Once in a run. With a journal or a store, also at most five times in 72 hours. WhatsApp allows twice as "
            "many."
        ),
        observed_by="First contact registers the number once.",
    ),
    Assumption(
        id="second_register",
        question="What happens on a second register?",
        behaviour="A run registers a number once, and reads the number until it is connected.",
        observed_by="First contact never makes a second register on purpose.",
        assumed="accepted",
        reading=Reading(
            "second_register",
            ("accepted", "refused"),
            manual=(
                "A second register of a number. Not published. If accepted, it counts against the budget and changes "
                "nothing else"
            ),
            type_name="SecondRegister",
            meaning=(
                "The answer to a second register of a number. If accepted, it counts as a register and changes "
                "nothing else."
            ),
        ),
    ),
    Assumption(
        id="sync_rows",
        question="Do the rows in the answer of a sync show the correct verification status?",
        behaviour=(
            "Before each step, the number's own status is read. A row of a sync is believed only where no step "
            "follows: if it shows a migrating number that is not verified, and the number has no code, the number "
            "waits. If a row is wrong about this, the number waits until a later sync shows its status, and loses "
            "nothing. After the initiate, if a run initiates more than two numbers of a space, it uses the rows of a "
            "sync. A row counts if it shows a migrating number and a verification word. Only ``VERIFIED`` means "
            "verified. After any other word, the run requests the one code that an initiate allows. If the row does "
            "not show the status, the run reads the status of the number itself."
        ),
        observed_by="A sync and a status read of the number, one directly after the other.",
        assumed="correct",
    ),
    Assumption(
        id="register_delay",
        question="Does register finish at once?",
        behaviour=("The run queries the space until the number is connected or ``wait_timeout`` is over."),
        observed_by="The time from the register to the first row that shows the number as connected.",
        assumed="seconds",
        delay=Delay("register_seconds", {"at_once": 0, "seconds": 1, "minutes": 120}),
    ),
    Assumption(
        id="throttled_calls",
        question="Does a throttled call have an effect?",
        behaviour=(
            "No. Throttles are ``Throttling…``, ``Rejected.Throttling``, ``System.LimitControl``, HTTP 429, and any "
            "refusal below HTTP 500 with ``x-acs-retry-after``. The client waits and repeats the call, for every "
            "operation. It also waits after an HTTP 5xx with that header. But the effect of such a call is unknown, "
            "so it does not repeat a code request or a submitted code."
        ),
        observed_by="First contact is too slow for a throttle.",
    ),
    Assumption(
        id="throttle_code",
        question="Which error code does a throttle have?",
        behaviour="All codes of the row above mean a throttle.",
        observed_by="A throttle, if there is one by chance.",
        assumed="Throttling.User",
        reading=Reading(
            "throttle_code",
            ("Throttling.User", "Throttling.Api", "System.LimitControl", "Throttling"),
            manual="The error code of a throttle. All four are published",
            type_name="ThrottleCode",
            meaning="The error code of a call over the rate limit.",
            names=("USER", "API", "LIMIT_CONTROL", "PLAIN"),
        ),
    ),
    Assumption(
        id="throttled_calls_count",
        question="Does a throttled call count against the limit?",
        behaviour=("After a throttle, all processes wait and then call more slowly until calls succeed again."),
        assumed="no",
        reading=Reading(
            "throttled_calls_count",
            ("no", "yes"),
            manual="Does a throttled call count against the limit? Not published",
            type_name="ThrottledCallsCount",
            meaning="Whether a throttled call counts against the rate limit.",
        ),
    ),
    Assumption(
        id="rate_headers",
        question="Does a header show the limit of calls?",
        behaviour=(
            "The collection reads only the headers of the row below. It keeps to the documented ten calls a second."
        ),
        observed_by="The headers of all answers.",
        assumed="none",
    ),
    Assumption(
        id="retry_after",
        question="How long may the service ask a caller to wait?",
        behaviour=(
            "All processes of the machine respect ``x-acs-retry-after`` (milliseconds) and ``Retry-After`` (seconds "
            "or a date). With a store, all machines respect them. The documented limits count calls in a second, so a "
            "call waits at most 180 seconds. If the service asks for more, the call ends as throttled and shows the "
            "time. After an hour one call tries again."
        ),
    ),
    Assumption(
        id="refusal_codes",
        question="What does the message of ``InvalidParameter`` mean?",
        behaviour=(
            "The collection reads it as WhatsApp's own text and uses it only to select the hint. It never affects the "
            "decisions of a run."
        ),
        observed_by="The refusal of a write, if there is one by chance.",
        assumed="invalid_parameter",
        reading=Reading(
            "refusal_codes",
            ("invalid_parameter", "named", "phone_number_error"),
            manual=(
                "No error code is published for a wrong verification code, a lock, two-step verification or a WABA. "
                "`invalid_parameter`: `InvalidParameter`, and `Message` contains Meta's text, such as \"(#2388001) "
                'Two-step verification must be disabled". All reported refusals look like this. The numbers are '
                "Meta's (136024 is known only from reports, 136025 is assumed); the sentences are invented. `named`: "
                "invented names (below), which a program must not depend on. `phone_number_error`: the one published "
                "error code about numbers, for all refusals"
            ),
            type_name="RefusalCodes",
            meaning=(
                "The error code of a refusal without a documented code.  `InvalidParameter` with WhatsApp's text, an "
                "invented name, or the one documented code about numbers."
            ),
        ),
    ),
    Assumption(
        id="business_errors",
        question="Which HTTP status does the refusal of a write have?",
        behaviour="``Code`` shows a refusal. The HTTP status does not matter below 500, except 429.",
        observed_by="The refusal of a write, if there is one by chance.",
        assumed="http_400",
        reading=Reading(
            "business_errors",
            ("http_400", "http_200"),
            manual=(
                "The HTTP status of every other refusal by the service. All reported refusals of the real service had "
                "400, and the operation pages list their four errors with 400. The error-code page describes `Code` "
                "beside HTTP 200"
            ),
            type_name="RefusalStatus",
        ),
    ),
    Assumption(
        id="denied_action",
        question="Which error does a call have that RAM denies?",
        behaviour=(
            "All codes in :ref:`ansible_collections.chatapp.cams.docsite.troubleshooting` that mean a missing "
            "permission have the same hint. The run writes nothing for the number."
        ),
        observed_by="The refusal of a read, if the access key may not make it.",
        assumed="permission_deny",
        reading=Reading(
            "denied_action",
            ("permission_deny", "no_permission", "forbidden_ram"),
            manual=(
                "The error for a call that RAM denies: `Ram.PermissionDeny` with 400, which every operation page "
                "lists, or the gateway's `NoPermission` or `Forbidden.RAM` with 403 and details"
            ),
            type_name="DeniedAction",
            meaning=("The error code of a call that RAM denies: the documented code, or a code of the gateway."),
        ),
    ),
    Assumption(
        id="unknown_space",
        question="Which error does a space have that does not exist?",
        behaviour="Both errors have the same hint: compare the id with the console.",
        observed_by="A query of the space ``0``.",
        assumed="resource_owner",
        reading=Reading(
            "unknown_space",
            ("resource_owner", "invalid_parameter"),
            manual=(
                "The error for a space that does not exist: as for a space of another account "
                "(`Unknown.ResourceOwnerId`), or `InvalidParameter.CustSpaceId`"
            ),
            type_name="UnknownSpace",
            meaning=(
                "The error for a space that does not exist: the same as for a space of another account, or its own "
                "error."
            ),
        ),
    ),
    Assumption(
        id="lost_answers",
        question="Does a call have an effect if its answer is lost, incomplete, a 5xx, or not JSON?",
        behaviour=(
            "The effect is unknown. The client repeats reads and syncs, because they change no number. It never "
            "repeats another write blindly. For initiate and register, the run reads the number to find the effect. "
            "If the number shows no effect of an initiate, the run tries the initiate once more. A code request stays "
            "unknown."
        ),
    ),
    Assumption(
        id="sync_kind",
        question="Is a sync a read or a write?",
        behaviour=(
            "A write that may be repeated. RAM lists it as an update. Therefore check mode never calls it, and the "
            "policy ``plan`` does not allow it. A stopped run may still sync, to find the effect of a write whose "
            "answer was lost."
        ),
    ),
    Assumption(
        id="webhook_flags",
        question=("Which flags does a webhook have, and how does an update treat a missing flag or address?"),
        behaviour=(
            "No operation returns the flags ``http`` and ``queue``. A run sends them together with a changed address, "
            "or if ``cams_number_webhook`` asks for it. An address that is not declared is sent unchanged. A flag "
            "that is not given is not sent."
        ),
        observed_by="The fields of all rows.",
        assumed="not_shown",
    ),
    Assumption(
        id="webhook_shown",
        question="Does the query show a webhook that was set?",
        behaviour=(
            "A run compares the addresses in the row with the declared ones. If the query does not show them, each "
            "run sends the update again."
        ),
        observed_by="The row of the number after its webhook was set.",
        assumed="shown",
    ),
    Assumption(
        id="webhook_effect",
        question="Was a webhook updated if the answer was lost?",
        behaviour=(
            "The run reads the number again. If the addresses did not change, the run sends the update once more. If "
            "reading cannot show the result, the effect is unknown."
        ),
    ),
    Assumption(
        id="url_newline",
        question="Do the addresses in a row end with a newline?",
        behaviour="The collection removes blanks around the addresses in a row.",
        observed_by="The rows that contain addresses.",
        assumed="no",
        reading=Reading(
            "url_newline",
            ("no", "yes"),
            manual="Do callback URLs end with a newline? One published sample does",
            type_name="UrlNewline",
            meaning="Whether callback URLs end with a newline, as in one published sample.",
        ),
    ),
    Assumption(
        id="success",
        question="What does ``Message`` contain on success?",
        behaviour=("The client ignores it. A call succeeded only if ``Code`` is ``OK`` and the HTTP status is 200."),
        observed_by="All answers.",
        assumed="ok_with_200",
    ),
    Assumption(
        id="status_filter",
        question="What does the ``Status`` parameter of the query filter?",
        behaviour="The collection does not use it. ``cams_number_info`` filters the rows itself.",
        observed_by="Queries with the status and with the verification word of a row.",
        assumed="either",
        reading=Reading(
            "status_filter",
            ("either", "status", "verification"),
            manual=(
                "The field that the query's `Status` filters. The published example VERIFIED is not a value of the "
                "field Status"
            ),
            type_name="StatusFilter",
            meaning="The field that the query's Status parameter filters.",
        ),
    ),
    Assumption(
        id="form_parameters",
        question="Are parameters sent in the query or in a form?",
        behaviour="In the query of a POST, like the official SDKs.",
        observed_by="A status read of the control number with its parameters in a form.",
        assumed="accepted",
        reading=Reading(
            "form_parameters",
            ("accepted", "ignored"),
            manual=(
                "Are parameters in a form body read? `accepted`: from the query, from a form, or from both. "
                "`ignored`: only from the query, so a parameter in a form is missing. The SDKs send both shapes to "
                "services of this kind"
            ),
            type_name="FormParameters",
            meaning=("Whether the service reads parameters in a form body, or only those in the query."),
        ),
    ),
    Assumption(
        id="method_case",
        question="Are ``SMS`` and ``VOICE`` accepted as methods?",
        behaviour="The collection sends ``sms`` and ``voice``, as the pages show them.",
        observed_by="First contact sends lower case.",
        assumed="lower",
        reading=Reading(
            "method_case",
            ("lower", "any"),
            manual=("Are `SMS` and `VOICE` accepted? The pages show lower case; a comment in an SDK shows capitals"),
            type_name="MethodCase",
            meaning=("Whether `SMS` and `VOICE` are accepted too, or only the documented `sms` and `voice`."),
        ),
    ),
    Assumption(
        id="known_statuses",
        question="What does an unknown status mean?",
        behaviour="The number is ``halted``. The run writes nothing, and a person has to decide.",
        observed_by="The statuses in all rows.",
        assumed="known",
    ),
    Assumption(
        id="health_words",
        question="Which words describe the health of a number?",
        behaviour=(
            "``AVAILABLE``, ``LIMITED`` and ``BLOCKED`` are known. ``BLOCKED`` means that the number cannot send. "
            "Another word is shown as it is."
        ),
        observed_by="The health of the WABA, and of the number once it is connected.",
        assumed="known",
    ),
    Assumption(
        id="clock",
        question="Do the clocks of this machine and of the service agree?",
        behaviour=(
            "The service refuses a signature whose time differs by more than 15 minutes. The error code is then "
            "``InvalidTimeStamp.Expired``."
        ),
        observed_by="The header ``Date`` of all answers.",
        assumed="in_step",
        delay=Delay("gateway_clock_offset", {"in_step": 0, "ahead": 300, "behind": -300}),
    ),
)

BY_ID: dict[str, Assumption] = {assumption.id: assumption for assumption in ASSUMPTIONS}
