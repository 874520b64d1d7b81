// SPDX-License-Identifier: EUPL-1.2
// Every error code of the product. Families: 1xxx malformed, 2xxx not authorised, 3xxx refused by state, 9xxx local
// (never in a block). The list is append-only: a number, once published, keeps its meaning. `docs/reference/errors.md`
// is generated from this table by `flora docs errors`. Where several checks fail, the first in this order is reported.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

namespace flora::base {

// X(identifier, number, "name", "what happened", "what to do")
#define FLORA_ERRORS(X)                                                                                                          \
  X(kOk, 0, "ok", "In order.", "")                                                                                               \
  /* 1xxx malformed */                                                                                                           \
  X(kMalformed, 1000, "malformed", "The input cannot be read.", "Correct the place named and send it again.")                    \
  X(kCborMalformed, 1001, "cbor_malformed", "The bytes are not well-formed CBOR.", "Encode by RFC 8949.")                        \
  X(kCborNotCanonical, 1002, "cbor_not_canonical", "The CBOR is not deterministic (RFC 8949, 4.2.1).",                           \
    "Encode deterministically.")                                                                                                 \
  X(kTooDeep, 1003, "too_deep", "The data is nested too deeply.", "Flatten it.")                                                 \
  X(kTooLarge, 1004, "too_large", "The input is larger than allowed.", "Split it.")                                              \
  X(kJsonMalformed, 1005, "json_malformed", "The text is not valid JSON.", "Correct the place named.")                           \
  X(kYamlMalformed, 1006, "yaml_malformed", "The file is not valid YAML.", "Correct the line named.")                            \
  X(kUnknownField, 1007, "unknown_field", "A field is not known here.", "Remove it or correct its name.")                        \
  X(kMissingField, 1008, "missing_field", "A required field is missing.", "Add it.")                                             \
  X(kWrongType, 1009, "wrong_type", "A value has the wrong type.", "Correct it.")                                                \
  X(kOutOfRange, 1010, "out_of_range", "A value is outside its range.", "Correct it.")                                           \
  X(kUnknownReference, 1011, "unknown_reference", "Something is named that is not defined.", "Define it or correct the name.")   \
  X(kDuplicate, 1012, "duplicate", "Something stands twice.", "Remove one.")                                                     \
  X(kCoseMalformed, 1020, "cose_malformed", "The COSE message is not well formed.", "Build it by RFC 9052.")                     \
  X(kUnsupportedAlgorithm, 1021, "unsupported_algorithm", "The algorithm is not supported.", "Use ES256, ES384 or EdDSA.")       \
  X(kBadSignature, 1022, "bad_signature", "The signature does not match.", "Sign the exact bytes with the right key.")           \
  X(kHeaderWrong, 1023, "header_wrong", "A protected header is missing or wrong.", "See docs/reference/formats.md.")             \
  X(kBodyMismatch, 1024, "body_mismatch", "The body does not match the hash that was signed.", "Send the body that was signed.") \
  X(kSealBroken, 1025, "seal_broken", "The sealed body does not open, or its padding, commitment or command root is wrong.",     \
    "Seal it anew.")                                                                                                             \
  X(kCommandUnknown, 1026, "command_unknown", "The command is not known to this version.",                                       \
    "Use a command of the version in force.")                                                                                    \
  X(kCertificateMalformed, 1030, "certificate_malformed", "The certificate cannot be read.", "Send a valid X.509 certificate.")  \
  X(kCrlMalformed, 1031, "crl_malformed", "The revocation list cannot be read.", "Send a valid X.509 CRL.")                      \
  X(kReceiptMalformed, 1032, "receipt_malformed", "The receipt cannot be read.", "Fetch it again.")                              \
  X(kFeelSyntax, 1040, "feel_syntax", "The expression cannot be read.", "Correct the place named.")                              \
  X(kFeelNotInProfile, 1041, "feel_not_in_profile", "The expression uses FEEL that is outside the profile.", "See the profile.") \
  X(kFeelBound, 1042, "feel_bound", "The expression costs more than allowed.", "Simplify it.")                                   \
  X(kFeelType, 1043, "feel_type", "The expression does not fit its types.", "Correct it.")                                       \
  X(kPackageWrong, 1050, "package_wrong", "The package is not in order.", "Mend the problems listed.")                           \
  X(kHttpMalformed, 1060, "http_malformed", "The request cannot be read.", "Send a valid HTTP/1.1 request.")                     \
  X(kHttpMethod, 1061, "http_method", "The method is not allowed here.", "See the API description.")                             \
  X(kHttpNotFound, 1062, "http_not_found", "There is nothing at this address.", "See the API description.")                      \
  X(kHttpMedia, 1063, "http_media", "The content type is not accepted.", "Send application/json.")                               \
  X(kQueryUnknown, 1064, "query_unknown", "A query parameter is not known here.", "Use those the view declares.")                \
  X(kIdempotencyKeyMissing, 1065, "idempotency_key_missing", "The header Idempotency-Key is missing.", "Add one per request.")   \
  /* 2xxx not authorised */                                                                                                      \
  X(kNotSignedIn, 2001, "not_signed_in", "Nobody is signed in.", "Sign in.")                                                     \
  X(kForbidden, 2002, "forbidden", "This role may not do that.", "Ask somebody whose role may.")                                 \
  X(kCsrf, 2003, "csrf", "The request does not carry this session's token.", "Reload the page.")                                 \
  X(kUnknownCertificate, 2010, "unknown_certificate", "The author's certificate is not registered.", "Register it.")             \
  X(kCertificateExpired, 2011, "certificate_expired", "The certificate is not valid at this time.", "Renew it.")                 \
  X(kCertificateRevoked, 2012, "certificate_revoked", "The certificate was revoked.", "Use another one.")                        \
  X(kCertificatePath, 2013, "certificate_path", "The certificate's path does not lead to a trusted root.",                       \
    "Send the whole path.")                                                                                                      \
  X(kCertificatePurpose, 2014, "certificate_purpose", "The certificate is for another purpose.", "Use the right one.")           \
  X(kCertificateKey, 2015, "certificate_key", "The key's kind or size is not allowed.", "Use an allowed key.")                   \
  X(kCrlMissing, 2016, "crl_missing", "There is no current revocation list of a CA on the path.", "Publish one.")                \
  X(kAlgorithmKeyMismatch, 2017, "algorithm_key_mismatch", "Algorithm and key do not belong together.",                          \
    "Use the key's algorithm.")                                                                                                  \
  X(kNotMember, 2020, "not_member", "The author is not a member of the channel.", "Ask a member.")                               \
  X(kRoleNotBound, 2021, "role_not_bound", "The author's member does not hold this role.", "Bind the role first.")               \
  X(kNotOwner, 2022, "not_owner", "The step belongs to another role.", "Let its owner record it.")                               \
  /* 3xxx refused by state */                                                                                                    \
  X(kReplayed, 3001, "replayed", "The sequence number was used or is below the window.", "Sign with a fresh number.")            \
  X(kExpired, 3002, "expired", "The envelope's time is over.", "Sign it anew.")                                                  \
  X(kExpiryTooFar, 3003, "expiry_too_far", "The envelope is valid for longer than allowed.", "At most ten minutes.")             \
  X(kUnknownChannel, 3010, "unknown_channel", "The channel does not exist.", "Create it first.")                                 \
  X(kEpochWrong, 3011, "epoch_wrong", "The envelope stands under an epoch that does not count.",                                 \
    "Seal under the current epoch.")                                                                                             \
  X(kUnknownMember, 3012, "unknown_member", "The member does not exist.", "Let it join first.")                                  \
  X(kAlreadyExists, 3013, "already_exists", "It exists already.", "Nothing to do.")                                              \
  X(kCrlNotNewer, 3014, "crl_not_newer", "The revocation list is not newer than the stored one.", "Publish a newer one.")        \
  X(kIdempotencyConflict, 3020, "idempotency_conflict", "The same key was used with other content.", "Use a fresh key.")         \
  X(kInFlight, 3021, "in_flight", "The same request is being worked on.", "Wait for its answer.")                                \
  X(kErased, 3022, "erased", "The entry was erased.", "Nothing to do.")                                                          \
  X(kUnknownPackage, 3100, "unknown_package", "The package version is not in force.", "Use the version in force.")               \
  X(kUnknownCase, 3101, "unknown_case", "The case does not exist, and this step does not open one.", "Open it first.")           \
  X(kUnknownStep, 3102, "unknown_step", "The step does not exist in this process.", "Correct its name.")                         \
  X(kDataRefused, 3103, "data_refused", "The data does not fit the step's schema.", "Correct the field named.")                  \
  X(kInFuture, 3104, "in_future", "The fact lies in the future.", "Record it when it has happened.")                             \
  X(kRuleRefuses, 3105, "rule_refuses", "A rule of the process forbids this.", "See the rule named.")                            \
  X(kSecondPerson, 3106, "second_person", "The second signature is missing or by the same person.", "Let another person sign.")  \
  X(kUnknownFinding, 3107, "unknown_finding", "The finding does not exist or is closed.", "Reload.")                             \
  X(kFindingState, 3108, "finding_state", "The finding cannot take this step in its present state.", "Reload.")                  \
  X(kUnknownFact, 3109, "unknown_fact", "The fact does not exist.", "Correct its id.")                                           \
  X(kNotInVersion, 3110, "not_in_version", "This version of the engine does not offer it.", "Use a later version.")              \
  X(kTimeRunsBackwards, 3111, "time_runs_backwards", "Ledger time would run backwards.", "Send the lines in order of entry.")    \
  X(kCaseTooLong, 3112, "case_too_long", "The case has too many facts.", "Close it and open a new one.")                         \
  X(kUnknownView, 3113, "unknown_view", "The view does not exist for this role.", "Choose another.")                             \
  /* 9xxx local: never in a block */                                                                                             \
  X(kInternal, 9000, "internal", "Something went wrong inside.", "Tell the operator the reference number.")                      \
  X(kDiskFull, 9001, "disk_full", "The disk is full; writing stopped, reading goes on.",                                         \
    "Make space; writing resumes by itself.")                                                                                    \
  X(kStorageFailed, 9002, "storage_failed", "The storage failed.", "See the node's log.")                                        \
  X(kSchemaNewer, 9003, "schema_newer", "The home was written by a newer program.", "Use that or a later program.")              \
  X(kSchemaOlder, 9004, "schema_older", "The home was written by an older program.", "Migrate it as the message says.")          \
  X(kBusy, 9010, "busy", "The node has more work than it can do now.", "Try again after the time named.")                        \
  X(kStalled, 9011, "stalled", "The key of the channel's epoch is missing here.", "Fetch it from a member.")                     \
  X(kTimeout, 9012, "timeout", "It took too long.", "Try again; the same key gives the same answer.")                            \
  X(kNotLeader, 9013, "not_ready", "The node is not ready.", "Wait.")                                                            \
  X(kHomeMissing, 9020, "home_missing", "There is no home at this place.", "Make one with `flora home init`.")                   \
  X(kHomeLocked, 9021, "home_locked", "Another process uses this home.", "Stop it first.")                                       \
  X(kAddressInUse, 9022, "address_in_use", "The address is in use.", "Move it with --port-base.")                                \
  X(kFileUnreadable, 9023, "file_unreadable", "The file cannot be read.", "Check path and rights.")                              \
  X(kFileUnwritable, 9024, "file_unwritable", "The file cannot be written.", "Check path, rights and space.")                    \
  X(kClockJumped, 9025, "clock_jumped", "The clock jumped.", "Check the clock, then start again.")                               \
  X(kVaultFailed, 9030, "vault_failed", "The vault failed.", "See the node's log.")                                              \
  X(kCorrupt, 9040, "corrupt", "The stored bytes do not match their proof.", "See `flora verify`.")

enum class Code : std::uint32_t {
#define FLORA_ENUM(identifier, number, name, what, todo) identifier = number,
  FLORA_ERRORS(FLORA_ENUM)
#undef FLORA_ENUM
};

struct ErrorEntry {
  Code code;
  std::string_view name;  // snake_case, stable
  std::string_view what;  // one sentence
  std::string_view todo;  // one sentence, may be empty
};

std::span<const ErrorEntry> all_errors();  // in order of the table
const ErrorEntry& describe(Code code);     // kInternal's entry if unknown
inline std::string_view name_of(Code code) { return describe(code).name; }
// True for codes that may stand in a block.
inline bool is_deterministic(Code code) { return static_cast<std::uint32_t>(code) < 9000; }

}  // namespace flora::base
