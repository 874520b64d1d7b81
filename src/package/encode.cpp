// SPDX-License-Identifier: EUPL-1.2
// Writing the canonical form: a structure is a map from member number to value, without the members at their defaults.
#include <algorithm>
#include <type_traits>

#include "base/cbor.hpp"
#include "package/load.hpp"
#include "package/members.hpp"

namespace flora::package {

namespace {

using base::CborWriter;

template <class T>
void write(CborWriter& out, const T& value);
template <class T>
void write(CborWriter& out, const std::vector<T>& value);
template <class T>
void write(CborWriter& out, const std::map<std::string, T>& value);

// Whether a member need not be written.
template <class T>
bool is_default(const std::optional<T>& v, const std::optional<T>&) {
  return !v;
}
template <class T>
bool is_default(const std::vector<T>& v, const std::vector<T>&) {
  return v.empty();
}
template <class T>
bool is_default(const std::map<std::string, T>& v, const std::map<std::string, T>&) {
  return v.empty();
}
inline bool is_default(const Query&, const Query&) { return false; }
template <class T>
bool is_default(const T& v, const T& otherwise) {
  return v == otherwise;
}

template <class S>
class Counter {
 public:
  explicit Counter(const S& s) : s_(s) {}
  template <class T>
  Counter& operator()(int, T S::* member) {
    if (!is_default(s_.*member, default_.*member)) ++count_;
    return *this;
  }
  std::size_t count() const { return count_; }

 private:
  const S& s_;
  S default_{};
  std::size_t count_ = 0;
};

template <class S>
class MemberWriter {
 public:
  MemberWriter(CborWriter& out, const S& s) : out_(out), s_(s) {}
  template <class T>
  MemberWriter& operator()(int number, T S::* member) {
    if (!is_default(s_.*member, default_.*member)) {
      out_.uint(static_cast<std::uint64_t>(number));
      write(out_, s_.*member);
    }
    return *this;
  }

 private:
  CborWriter& out_;
  const S& s_;
  S default_{};
};

void flatten(const Query& query, std::vector<QueryNode>& out) {
  out.push_back({query.op, static_cast<std::uint32_t>(query.children.size()), query.step, query.steps, query.count, query.phase,
                 query.level});
  for (const auto& child : query.children) flatten(child, out);
}

template <class T>
void write(CborWriter& out, const T& value) {
  if constexpr (std::is_same_v<T, bool>) {
    out.boolean(value);
  } else if constexpr (std::is_enum_v<T>) {
    out.uint(static_cast<std::uint64_t>(value));
  } else if constexpr (std::is_integral_v<T>) {
    if constexpr (std::is_signed_v<T>) {
      out.integer(value);
    } else {
      out.uint(value);
    }
  } else if constexpr (std::is_same_v<T, std::string>) {
    out.text(value);
  } else if constexpr (std::is_same_v<T, Query>) {
    std::vector<QueryNode> nodes;
    flatten(value, nodes);
    write(out, nodes);
  } else if constexpr (requires { value.has_value(); }) {
    write(out, *value);
  } else {
    Counter<T> counter(value);
    members(counter, static_cast<T*>(nullptr));
    out.map(counter.count());
    MemberWriter<T> writer(out, value);
    members(writer, static_cast<T*>(nullptr));
  }
}

template <class T>
void write(CborWriter& out, const std::vector<T>& value) {
  out.array(value.size());
  for (const auto& item : value) write(out, item);
}

// Keys in the order of their encoding: shorter ones first.
template <class T>
void write(CborWriter& out, const std::map<std::string, T>& value) {
  std::vector<const std::pair<const std::string, T>*> entries;
  for (const auto& entry : value) entries.push_back(&entry);
  std::sort(entries.begin(), entries.end(), [](const auto* a, const auto* b) {
    return std::pair(a->first.size(), std::string_view(a->first)) < std::pair(b->first.size(), std::string_view(b->first));
  });
  out.map(entries.size());
  for (const auto* entry : entries) {
    out.text(entry->first);
    write(out, entry->second);
  }
}

}  // namespace

base::Bytes encode_package(const Package& package) {
  CborWriter out;
  write(out, package);
  return out.take();
}

}  // namespace flora::package
