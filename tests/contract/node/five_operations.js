// Copyright (c) 2026, chatapp.cams contributors
// GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// Migrates a number by the official Node.js SDK and prints, as one JSON object, what each operation answered.
"use strict";

const http = require("node:http");

const cams = require("@alicloud/cams20200606");
const { Config } = require("@alicloud/openapi-client");

const { CAMS_ADDRESS, CAMS_CONTROL, CAMS_KEY, CAMS_SECRET, CAMS_SPACE, CAMS_COUNTRY, CAMS_NATIONAL } = process.env;

function newestCode(phoneNumber) {
  return new Promise((resolve, reject) => {
    http
      .get(`${CAMS_CONTROL}/inbox?phone_number=${phoneNumber}`, (response) => {
        let text = "";
        response.on("data", (part) => (text += part));
        response.on("end", () => resolve(JSON.parse(text).messages.at(-1).code));
      })
      .on("error", reject);
  });
}

async function main() {
  const client = new cams.default(
    new Config({ accessKeyId: CAMS_KEY, accessKeySecret: CAMS_SECRET, endpoint: CAMS_ADDRESS, protocol: "HTTP" }),
  );
  const phoneNumber = CAMS_COUNTRY + CAMS_NATIONAL;
  const which = { custSpaceId: CAMS_SPACE, phoneNumber };
  const answers = {};

  answers.initiate = await client.createChatappMigrationInitiate(
    new cams.CreateChatappMigrationInitiateRequest({
      custSpaceId: CAMS_SPACE,
      countryCode: CAMS_COUNTRY,
      mobileNumber: CAMS_NATIONAL,
    }),
  );
  answers.requestCode = await client.getMigrationVerifyCode(
    new cams.GetMigrationVerifyCodeRequest({ ...which, locale: "en", method: "sms" }),
  );
  answers.verify = await client.chatappMigrationVerified(
    new cams.ChatappMigrationVerifiedRequest({ ...which, verifyCode: await newestCode(phoneNumber) }),
  );
  answers.register = await client.chatappMigrationRegister(new cams.ChatappMigrationRegisterRequest(which));
  answers.sync = await client.chatappSyncPhoneNumber(
    new cams.ChatappSyncPhoneNumberRequest({ custSpaceId: CAMS_SPACE }),
  );
  answers.query = await client.queryChatappPhoneNumbers(
    new cams.QueryChatappPhoneNumbersRequest({ custSpaceId: CAMS_SPACE }),
  );

  const bodies = Object.entries(answers).map(([name, answer]) => [name, answer.body.toMap()]);
  console.log(JSON.stringify(Object.fromEntries(bodies)));
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
