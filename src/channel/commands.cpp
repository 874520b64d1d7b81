// SPDX-License-Identifier: EUPL-1.2
#include "channel/commands.hpp"

#include <algorithm>
#include <array>

#include "base/cbor.hpp"
#include "base/check.hpp"
#include "base/limits.hpp"

namespace flora::channel {
namespace {

using base::CborReader;
using base::CborWriter;
using base::Code;
using base::fail;

constexpr std::size_t kNameBytesMax = 128;
constexpr std::size_t kReasonBytesMax = 64;
constexpr std::size_t kDataBytesMax = 4096;
constexpr std::uint64_t kVersion = 1;

enum Kind : std::uint64_t {
  kRecordFact = 1,
  kActOnFinding = 2,
  kCancelCase = 3,
  kCorrect = 4,
  kActivatePackage = 5,
  kBindAgency = 6,
  kAttestDigest = 8
};

struct KindName {
  Kind kind;
  std::string_view name;
};
// In order of the alternatives of Command.
constexpr std::array<KindName, std::variant_size_v<Command>> kKinds{{{kRecordFact, "record_fact"},
                                                                     {kActOnFinding, "act_on_finding"},
                                                                     {kCancelCase, "cancel_case"},
                                                                     {kCorrect, "correct"},
                                                                     {kActivatePackage, "activate_package"},
                                                                     {kBindAgency, "bind_agency"},
                                                                     {kAttestDigest, "attest_digest"}}};

// ---- writing
void write(CborWriter& w, const RecordFact& c) {
  w.map(5 + (c.package ? 1 : 0) + (c.at ? 1 : 0));
  w.uint(0).bytes(c.case_id);
  if (c.package) w.uint(1).bytes(*c.package);
  w.uint(2).text(c.step).uint(3).text(c.role).uint(4).bytes(c.actor);
  if (c.at) w.uint(5).integer(c.at->ns);
  w.uint(6).raw(c.data);
}
void write(CborWriter& w, const ActOnFinding& c) {
  w.map(8).uint(0).bytes(c.case_id).uint(1).text(c.rule).uint(2).text(c.step).uint(3).bytes(c.fact);
  w.uint(4).uint(static_cast<std::uint64_t>(c.act)).uint(5).text(c.reason).uint(6).text(c.role).uint(7).bytes(c.actor);
}
void write(CborWriter& w, const CancelCase& c) {
  w.map(4).uint(0).bytes(c.case_id).uint(1).text(c.reason).uint(2).text(c.role).uint(3).bytes(c.actor);
}
void write(CborWriter& w, const Correct& c) {
  w.map(6).uint(0).bytes(c.case_id).uint(1).bytes(c.fact).uint(2);
  if (c.with) {
    write(w, *c.with);
  } else {
    w.null();
  }
  w.uint(3).text(c.reason).uint(4).text(c.role).uint(5).bytes(c.actor);
}
void write(CborWriter& w, const ActivatePackage& c) { w.map(1).uint(0).bytes(c.package); }
void write(CborWriter& w, const BindAgency& c) {
  w.map(3).uint(0).text(c.package_id).uint(1).text(c.agency).uint(2).bytes(c.member);
}
void write(CborWriter& w, const AttestDigest& c) {
  FLORA_CHECK(c.height >= 0, "a height is not negative");
  w.map(2).uint(0).uint(static_cast<std::uint64_t>(c.height)).uint(1).bytes(c.digest);
}

// ---- reading
// The pairs of a map whose keys are small integers, in order; optional ones may be missing.
class Fields {
 public:
  static base::Result<Fields> open(CborReader& reader) {
    FLORA_TRY(const auto pairs, reader.map());
    Fields fields(reader, pairs);
    FLORA_TRY(fields.next());
    return fields;
  }
  bool at(std::uint64_t key) const { return key_ == key; }
  // Positions the reader at the value of `key`.
  base::Status want(std::uint64_t key) {
    if (key_ != key) return fail(Code::kMissingField, "field " + std::to_string(key) + " of the command is missing");
    return {};
  }
  base::Status next() {
    if (left_ == 0) {
      key_.reset();
      return {};
    }
    --left_;
    FLORA_TRY(key_, reader_.uint());
    return {};
  }
  base::Status end() const {
    if (key_) return fail(Code::kUnknownField, "field " + std::to_string(*key_) + " of the command is not known");
    return {};
  }

  base::Result<std::string> text(std::uint64_t key, std::size_t min, std::size_t max) {
    FLORA_TRY(want(key));
    FLORA_TRY(const auto value, reader_.text());
    if (value.size() < min || value.size() > max) {
      return fail(Code::kOutOfRange, "the length of field " + std::to_string(key) + " is out of range");
    }
    std::string out(value);
    FLORA_TRY(next());
    return out;
  }
  base::Result<std::string> name(std::uint64_t key) { return text(key, 1, kNameBytesMax); }
  base::Result<std::string> reason(std::uint64_t key) {
    FLORA_TRY(auto value, text(key, 0, kReasonBytesMax));
    const bool code = std::all_of(value.begin(), value.end(),
                                  [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
    if (!code) return fail(Code::kOutOfRange, "a reason is a code of [a-z0-9_]");
    return value;
  }
  template <class IdType>
  base::Result<IdType> id(std::uint64_t key) {
    FLORA_TRY(want(key));
    FLORA_TRY(const auto value, reader_.bytes(16));
    const IdType out = *IdType::from(value);
    FLORA_TRY(next());
    return out;
  }
  base::Result<base::Hash> hash(std::uint64_t key) {
    FLORA_TRY(want(key));
    FLORA_TRY(const auto value, reader_.bytes(32));
    const base::Hash out = *base::Hash::from(value);
    FLORA_TRY(next());
    return out;
  }
  base::Result<std::uint64_t> uint(std::uint64_t key, std::uint64_t max) {
    FLORA_TRY(want(key));
    FLORA_TRY(const auto value, reader_.uint());
    if (value > max) return fail(Code::kOutOfRange, "field " + std::to_string(key) + " is out of range");
    FLORA_TRY(next());
    return value;
  }
  CborReader& reader() { return reader_; }

 private:
  Fields(CborReader& reader, std::size_t pairs) : reader_(reader), left_(pairs) {}
  CborReader& reader_;
  std::size_t left_;
  std::optional<std::uint64_t> key_;
};

base::Result<RecordFact> read_fact(CborReader& r) {
  FLORA_TRY(auto f, Fields::open(r));
  RecordFact c;
  FLORA_TRY(c.case_id, f.id<base::CaseId>(0));
  if (f.at(1)) {
    FLORA_TRY(c.package, f.hash(1));
  }
  FLORA_TRY(c.step, f.name(2));
  FLORA_TRY(c.role, f.name(3));
  FLORA_TRY(c.actor, f.id<base::ActorId>(4));
  if (f.at(5)) {
    FLORA_TRY(const auto ns, r.integer());
    c.at = base::Instant{ns};
    FLORA_TRY(f.next());
  }
  FLORA_TRY(f.want(6));
  if (r.peek() != base::CborType::kMap) return fail(Code::kWrongType, "the data of a fact is a map");
  FLORA_TRY(const auto data, r.raw());
  if (data.size() > kDataBytesMax) return fail(Code::kOutOfRange, "the data of a fact is too large");
  c.data = base::to_bytes(data);
  FLORA_TRY(f.next());
  FLORA_TRY(f.end());
  return c;
}
base::Result<ActOnFinding> read_act(CborReader& r) {
  FLORA_TRY(auto f, Fields::open(r));
  ActOnFinding c;
  FLORA_TRY(c.case_id, f.id<base::CaseId>(0));
  FLORA_TRY(c.rule, f.name(1));
  FLORA_TRY(c.step, f.name(2));
  FLORA_TRY(c.fact, f.id<FactId>(3));
  FLORA_TRY(const auto act, f.uint(4, 3));
  if (act == 0) return fail(Code::kOutOfRange, "an act is 1, 2 or 3");
  c.act = static_cast<FindingAct>(act);
  FLORA_TRY(c.reason, f.reason(5));
  FLORA_TRY(c.role, f.name(6));
  FLORA_TRY(c.actor, f.id<base::ActorId>(7));
  FLORA_TRY(f.end());
  return c;
}
base::Result<CancelCase> read_cancel(CborReader& r) {
  FLORA_TRY(auto f, Fields::open(r));
  CancelCase c;
  FLORA_TRY(c.case_id, f.id<base::CaseId>(0));
  FLORA_TRY(c.reason, f.reason(1));
  FLORA_TRY(c.role, f.name(2));
  FLORA_TRY(c.actor, f.id<base::ActorId>(3));
  FLORA_TRY(f.end());
  return c;
}
base::Result<Correct> read_correct(CborReader& r) {
  FLORA_TRY(auto f, Fields::open(r));
  Correct c;
  FLORA_TRY(c.case_id, f.id<base::CaseId>(0));
  FLORA_TRY(c.fact, f.id<FactId>(1));
  FLORA_TRY(f.want(2));
  if (r.peek() == base::CborType::kNull) {
    FLORA_TRY(r.null());
  } else {
    FLORA_TRY(c.with, read_fact(r));
  }
  FLORA_TRY(f.next());
  FLORA_TRY(c.reason, f.reason(3));
  FLORA_TRY(c.role, f.name(4));
  FLORA_TRY(c.actor, f.id<base::ActorId>(5));
  FLORA_TRY(f.end());
  return c;
}
base::Result<ActivatePackage> read_activate(CborReader& r) {
  FLORA_TRY(auto f, Fields::open(r));
  FLORA_TRY(f.want(0));
  FLORA_TRY(const auto package, r.bytes());
  ActivatePackage c{base::to_bytes(package)};
  FLORA_TRY(f.next());
  FLORA_TRY(f.end());
  return c;
}
base::Result<BindAgency> read_bind(CborReader& r) {
  FLORA_TRY(auto f, Fields::open(r));
  BindAgency c;
  FLORA_TRY(c.package_id, f.name(0));
  FLORA_TRY(c.agency, f.name(1));
  FLORA_TRY(c.member, f.id<base::MemberId>(2));
  FLORA_TRY(f.end());
  return c;
}
base::Result<AttestDigest> read_attest(CborReader& r) {
  FLORA_TRY(auto f, Fields::open(r));
  AttestDigest c;
  FLORA_TRY(const auto height, f.uint(0, INT64_MAX));
  c.height = static_cast<std::int64_t>(height);
  FLORA_TRY(c.digest, f.hash(1));
  FLORA_TRY(f.end());
  return c;
}

template <class T>
base::Result<Command> as_command(base::Result<T> content) {
  if (!content) return tl::unexpected<base::Error>(std::move(content).error());
  return Command(*std::move(content));
}

base::Result<Command> read_content(std::uint64_t kind, CborReader& r) {
  switch (kind) {
    case kRecordFact: return as_command(read_fact(r));
    case kActOnFinding: return as_command(read_act(r));
    case kCancelCase: return as_command(read_cancel(r));
    case kCorrect: return as_command(read_correct(r));
    case kActivatePackage: return as_command(read_activate(r));
    case kBindAgency: return as_command(read_bind(r));
    case kAttestDigest: return as_command(read_attest(r));
    default: return fail(Code::kCommandUnknown, "kind " + std::to_string(kind) + " of a command is not known");
  }
}

}  // namespace

FactId fact_id(const base::Hash& message_id) { return *FactId::from(base::ByteView(message_id).first(16)); }

base::Bytes encode_command(const Command& command) {
  CborWriter w;
  w.array(3).uint(kKinds[command.index()].kind).uint(kVersion);
  std::visit([&](const auto& content) { write(w, content); }, command);
  return w.take();
}

base::Result<Command> parse_command(base::ByteView bytes) {
  FLORA_TRY(auto r, CborReader::open(bytes));
  FLORA_TRY(r.array(3));
  FLORA_TRY(const auto kind, r.uint());
  FLORA_TRY(const auto version, r.uint());
  if (version != kVersion)
    return fail(Code::kCommandUnknown, "version " + std::to_string(version) + " of a command is not known");
  return read_content(kind, r);
}

std::string_view name_of(const Command& command) { return kKinds[command.index()].name; }

std::optional<base::CaseId> case_of(const Command& command) {
  return std::visit(
      [](const auto& content) -> std::optional<base::CaseId> {
        if constexpr (requires { content.case_id; }) return content.case_id;
        return std::nullopt;
      },
      command);
}

}  // namespace flora::channel
