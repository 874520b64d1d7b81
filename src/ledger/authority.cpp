// SPDX-License-Identifier: EUPL-1.2
// Who a member's certificates are: registration, revocation, uploads, rollover.
#include "base/limits.hpp"
#include "crypto/hash.hpp"
#include "ledger/draft.hpp"
#include "pki/certificate.hpp"
#include "pki/crl.hpp"
#include "pki/path.hpp"

namespace flora::ledger {

using base::Bytes;
using base::ByteView;
using base::Code;
using base::fail;
using base::Hash;
using base::Instant;
using base::MemberId;
using base::Result;
using base::Status;
using pki::Certificate;
using pki::Crl;

namespace {

// All of DER that is not a certificate is kCertificateMalformed.
Result<std::vector<Certificate>> parse_all(const std::vector<Bytes>& ders) {
  std::vector<Certificate> out;
  for (const Bytes& der : ders) {
    FLORA_TRY(auto certificate, Certificate::parse_der(der));
    out.push_back(std::move(certificate));
  }
  return out;
}

Hash key_of(const MemberId& member, const Certificate& ca) {
  return ca_key(member, ca.subject_hash(), crypto::sha256(ca.spki()));
}

// Serials of one member stay revoked for ever, whatever a later list says.
Status check_serials(const Draft& draft, const MemberId& member, const pki::PathJudgement& judgement) {
  for (const pki::IssuerSerial& element : judgement.path) {
    if (draft.serials.contains(revocation_key(member, {element.issuer, element.serial}))) {
      return fail(Code::kCertificateRevoked, "a certificate on the path was revoked");
    }
  }
  return {};
}

Result<const MemberRecord*> find_member(const Draft& draft, const MemberId& id) {
  const MemberRecord* member = draft.members.find(id);
  if (member == nullptr) return fail(Code::kUnknownMember, "there is no such member");
  return member;
}

Status check_room(const Draft& draft) {
  if (draft.entries() >= base::limits::kAppHashEntriesMax) return fail(Code::kTooLarge, "the ledger's state is full");
  return {};
}

// A CA certificate that leads to a root of the member by RFC 5280 alone: it is accepted as an authority, nothing more.
Status check_authority(const Draft& draft, const MemberRecord& member, const std::vector<Certificate>& chain, Instant time) {
  if (!chain.front().is_ca()) return fail(Code::kCertificatePath, "the certificate is not one of a CA");
  FLORA_TRY(const auto roots, parse_all(member.roots));
  for (const Certificate& root : roots) {
    if (root == chain.front()) return {};
  }
  FLORA_TRY(const auto judgement, pki::verify_path(roots, chain, {}, time, pki::Purpose::kAny));
  return check_serials(draft, member.id, judgement);
}

// The CA that signed the list: one the command brings, or one the ledger knows.
Result<Certificate> find_authority(const Draft& draft, const MemberRecord& member, const std::vector<Bytes>& brought,
                                   const Crl& crl, Instant time) {
  if (!brought.empty()) {
    FLORA_TRY(auto chain, parse_all(brought));
    FLORA_TRY(check_authority(draft, member, chain, time));
    FLORA_TRY(pki::check_crl(crl, chain.front(), time));
    return chain.front();
  }
  FLORA_TRY(auto candidates, parse_all(member.roots));
  std::vector<Bytes> known;
  draft.authorities.for_each([&](const Hash&, const CaRecord& ca) {
    if (ca.member == member.id && ca.subject_hash == crl.issuer_hash()) known.push_back(ca.certificate);
  });
  FLORA_TRY(const auto more, parse_all(known));
  candidates.insert(candidates.end(), more.begin(), more.end());
  Status verdict = fail(Code::kCertificatePath, "no CA of the member has the list's issuer name");
  for (const Certificate& ca : candidates) {
    if (ca.subject_hash() != crl.issuer_hash()) continue;
    verdict = pki::check_crl(crl, ca, time);
    if (verdict) return ca;
  }
  return tl::unexpected(std::move(verdict).error());
}

// Notes every serial of the list and what it means for certificates already registered.
void revoke_listed(Draft& draft, const MemberId& member, const Certificate& ca, const Crl& crl, Instant time) {
  for (const pki::RevokedEntry& entry : crl.revoked()) {
    const Bytes key = revocation_key(member, {ca.subject_hash(), entry.serial});
    if (!draft.serials.contains(key)) draft.serials.put(key, {time});
  }
  std::vector<Hash> hit;
  draft.certificates.for_each([&](const Hash& x5t, const CertificateRecord& record) {
    if (record.member != member || record.revoked_from) return;
    for (const PathElement& element : record.path) {
      if (element.issuer == ca.subject_hash() && crl.lists(element.serial)) {
        hit.push_back(x5t);
        return;
      }
    }
  });
  for (const Hash& x5t : hit) draft.certificates.edit(x5t).revoked_from = time;
}

Status apply_crl(Draft& draft, const MemberRecord& member, const std::vector<Bytes>& brought, ByteView der, Instant time) {
  FLORA_TRY(const auto crl, Crl::parse_der(der));
  FLORA_TRY(const auto ca, find_authority(draft, member, brought, crl, time));
  const Hash key = key_of(member.id, ca);
  const CaRecord* known = draft.authorities.find(key);
  if (known != nullptr && *crl.number() <= known->crl_number) {
    return fail(Code::kCrlNotNewer, "the list's number is not above the stored one");
  }
  if (known == nullptr) FLORA_TRY(check_room(draft));
  CaRecord record;
  record.key = key;
  record.member = member.id;
  record.subject_hash = ca.subject_hash();
  record.certificate = known != nullptr ? known->certificate : base::to_bytes(ca.der());
  record.crl_number = *crl.number();
  record.this_update = crl.this_update();
  record.next_update = *crl.next_update();
  record.crl_hash = crypto::sha256(der);
  draft.authorities.put(key, std::move(record));
  draft.crls.put(key, base::to_bytes(der));
  revoke_listed(draft, member.id, ca, crl, time);
  return {};
}

Result<std::vector<Crl>> crls_of(const Draft& draft, const MemberId& member) {
  std::vector<Hash> keys;
  draft.authorities.for_each([&](const Hash& key, const CaRecord& ca) {
    if (ca.member == member) keys.push_back(key);
  });
  std::vector<Crl> out;
  for (const Hash& key : keys) {
    FLORA_TRY(auto crl, Crl::parse_der(*draft.crls.find(key)));
    out.push_back(std::move(crl));
  }
  return out;
}

KeyPurpose as_key_purpose(pki::Purpose purpose) { return static_cast<KeyPurpose>(purpose); }
static_assert(static_cast<int>(KeyPurpose::kEnvelope) == static_cast<int>(pki::Purpose::kEnvelope));
static_assert(static_cast<int>(KeyPurpose::kSeal) == static_cast<int>(pki::Purpose::kSeal));
static_assert(static_cast<int>(KeyPurpose::kNode) == static_cast<int>(pki::Purpose::kNode));
static_assert(static_cast<int>(KeyPurpose::kGovern) == static_cast<int>(pki::Purpose::kGovern));

CertificateRecord record_of(const MemberId& member, const pki::PathJudgement& judgement, Instant time) {
  CertificateRecord record;
  const Certificate& leaf = judgement.certificates.front();
  record.x5t = leaf.thumbprint();
  record.member = member;
  record.purpose = as_key_purpose(judgement.purpose);
  record.spki = base::to_bytes(judgement.key.spki());
  for (const pki::IssuerSerial& element : judgement.path) record.path.push_back({element.issuer, element.serial});
  for (std::size_t i = 1; i < judgement.certificates.size(); ++i)
    record.authorities.push_back(key_of(member, judgement.certificates[i]));
  record.not_before = judgement.not_before;
  record.not_after = judgement.not_after;
  record.registered = time;
  record.certificate = base::to_bytes(leaf.der());
  return record;
}

}  // namespace

Status decide_register(Draft& draft, const CommandContext& context, const Register& command) {
  FLORA_TRY(const auto chain, parse_all(command.chain));
  FLORA_TRY(const auto purpose, chain.front().purpose());
  const bool signs_itself = context.certificate == chain.front().thumbprint();
  if (signs_itself && purpose != pki::Purpose::kEnvelope && purpose != pki::Purpose::kGovern) {
    return fail(Code::kCertificatePurpose, "only certificates that sign envelopes register themselves");
  }
  if (!context.is_genesis && context.author != command.member) return fail(Code::kForbidden, "the author is of another member");
  FLORA_TRY(const auto* member, find_member(draft, command.member));
  const Instant time = context.block.time;
  FLORA_TRY(const auto roots, parse_all(member->roots));
  FLORA_TRY(const auto crls, crls_of(draft, command.member));
  FLORA_TRY(const auto judgement, pki::verify_path(roots, chain, crls, time, purpose));
  FLORA_TRY(check_serials(draft, command.member, judgement));
  if (!member->standing) return fail(Code::kUnknownMember, "the member left the federation");
  CertificateRecord record = record_of(command.member, judgement, time);
  if (draft.certificates.contains(record.x5t)) return fail(Code::kAlreadyExists, "the certificate is registered already");
  FLORA_TRY(check_room(draft));
  const Hash x5t = record.x5t;
  draft.certificates.put(x5t, std::move(record));
  return {};
}

Status decide_publish_crl(Draft& draft, const CommandContext& context, const PublishCrl& command) {
  FLORA_TRY(const auto* member, find_member(draft, command.member));
  const Instant time = context.block.time;
  if (const auto* der = std::get_if<Bytes>(&command.crl)) return apply_crl(draft, *member, command.authority, *der, time);
  const Hash& whole = std::get<Hash>(command.crl);
  const UploadRecord* upload = draft.uploads.find(context.author);
  if (upload == nullptr || upload->whole != whole || upload->received != upload->size ||
      time > upload->begun.plus_seconds(kUploadSeconds)) {
    return fail(Code::kUnknownReference, "the author's member has no finished upload with this hash");
  }
  Bytes der;
  std::vector<UploadPart> parts;
  draft.upload_parts.scan({context.author, 0}, [&](const UploadPart& at, const Bytes& part) {
    if (at.first != context.author) return false;
    base::append(der, part);
    parts.push_back(at);
    return true;
  });
  FLORA_TRY(apply_crl(draft, *member, command.authority, der, time));
  for (const UploadPart& part : parts) draft.upload_parts.erase(part);
  draft.uploads.erase(context.author);
  return {};
}

Status decide_upload(Draft& draft, const CommandContext& context, const Upload& command) {
  const Instant time = context.block.time;
  const UploadRecord* open = draft.uploads.find(context.author);
  if (command.offset == 0) {
    if (open == nullptr) FLORA_TRY(check_room(draft));
    std::vector<UploadPart> old;
    draft.upload_parts.scan({context.author, 0}, [&](const UploadPart& at, const Bytes&) {
      if (at.first == context.author) old.push_back(at);
      return at.first == context.author;
    });
    for (const UploadPart& part : old) draft.upload_parts.erase(part);
    draft.uploads.put(context.author, {context.author, command.whole, command.size, 0, time});
  } else if (open == nullptr || open->whole != command.whole || open->size != command.size || open->received != command.offset ||
             time > open->begun.plus_seconds(kUploadSeconds)) {
    return fail(Code::kUnknownReference, "the part does not continue an open upload");
  }
  draft.upload_parts.put({context.author, command.offset}, command.part);
  UploadRecord& record = draft.uploads.edit(context.author);
  record.received += command.part.size();
  if (record.received < record.size) return {};
  crypto::Sha256 hash;
  draft.upload_parts.scan({context.author, 0}, [&](const UploadPart& at, const Bytes& part) {
    if (at.first == context.author) hash.update(part);
    return at.first == context.author;
  });
  if (hash.finish() != record.whole) return fail(Code::kBodyMismatch, "the uploaded parts do not have the hash announced");
  return {};
}

Status decide_roll_over(Draft& draft, const CommandContext& context, const RollOver& command) {
  FLORA_TRY(const auto chain, parse_all({command.certificate}));
  FLORA_TRY(const auto* member, find_member(draft, command.member));
  for (const Bytes& root : member->roots) {
    if (root == command.certificate) return fail(Code::kAlreadyExists, "the certificate is an anchor already");
  }
  FLORA_TRY(check_authority(draft, *member, chain, context.block.time));
  draft.members.edit(command.member).roots.push_back(command.certificate);
  return {};
}

Status admit_member(Draft& draft, const CommandContext& context, const Founder& founder) {
  if (draft.members.contains(founder.id)) return fail(Code::kAlreadyExists, "the member exists already");
  FLORA_TRY(check_room(draft));
  FLORA_TRY(parse_all(founder.roots));
  draft.members.put(founder.id, {founder.id, founder.title, true, founder.roots, founder.recovery_key});
  const MemberRecord member = *draft.members.find(founder.id);
  // CAs below the roots come with the chains; lists of issuers nearer to the root are taken first by asking again.
  std::vector<std::vector<Bytes>> brought(1);
  for (const auto& chain : founder.certificates) {
    for (std::size_t i = 0; i < chain.size(); ++i) {
      FLORA_TRY(const auto certificate, Certificate::parse_der(chain[i]));
      if (!certificate.is_ca()) continue;
      std::vector<Bytes> pool{chain[i]};
      pool.insert(pool.end(), chain.begin(), chain.end());
      brought.push_back(std::move(pool));
    }
  }
  for (const Bytes& der : founder.crls) {
    Status verdict;
    for (const auto& chain : brought) {
      Draft attempt(&draft);
      verdict = apply_crl(attempt, member, chain, der, context.block.time);
      if (!verdict) continue;
      attempt.merge_into(draft);
      break;
    }
    FLORA_TRY(verdict);
  }
  for (const auto& chain : founder.certificates) {
    CommandContext registering = context;
    registering.author = founder.id;
    FLORA_TRY(decide_register(draft, registering, Register{founder.id, chain}));
  }
  return {};
}

Status check_certificate(const CertificateRecord& record, const Overlay<Hash, CaRecord>& authorities, Instant time) {
  // Both ends are inclusive and stand for whole seconds.
  const std::int64_t second =
      time.ns >= 0 ? time.ns / base::kNanosPerSecond : -((-time.ns + base::kNanosPerSecond - 1) / base::kNanosPerSecond);
  const Instant whole = Instant::from_seconds(second);
  if (whole < record.not_before || whole > record.not_after) {
    return fail(Code::kCertificateExpired, "the author's certificate is not valid at this time");
  }
  if (record.revoked_from) return fail(Code::kCertificateRevoked, "the author's certificate was revoked");
  for (const Hash& key : record.authorities) {
    const CaRecord* ca = authorities.find(key);
    if (ca == nullptr || whole > ca->next_update.plus_seconds(base::limits::kCrlGraceSeconds)) {
      return fail(Code::kCrlMissing, "the revocation list of a CA on the path is out of date");
    }
  }
  return {};
}

std::optional<crypto::PublicKey> key_in_certificate(ByteView der) {
  const auto certificate = Certificate::parse_der(der);
  if (!certificate) return std::nullopt;
  const auto key = certificate->public_key();
  return key ? std::optional(*key) : std::nullopt;
}

std::vector<SealRecipient> seal_recipients(const Draft& draft, const std::vector<MemberId>& members, Instant time) {
  std::vector<SealRecipient> out;
  draft.certificates.for_each([&](const Hash& x5t, const CertificateRecord& record) {
    if (record.purpose != KeyPurpose::kSeal) return;
    if (!std::binary_search(members.begin(), members.end(), record.member)) return;
    if (check_certificate(record, draft.authorities, time)) out.push_back({record.member, x5t, record.certificate});
  });
  return out;
}

}  // namespace flora::ledger
