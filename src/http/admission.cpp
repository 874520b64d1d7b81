// SPDX-License-Identifier: EUPL-1.2
#include "http/admission.hpp"

#include <algorithm>

namespace flora::http {

namespace {

bool fits(std::size_t used, std::size_t more, std::size_t bound) { return used == 0 || used + more <= bound; }

}  // namespace

base::Result<std::shared_ptr<Admission::Ticket>> Admission::enter(Work work, std::size_t tokens, const base::MemberId& member,
                                                                  const std::string& session) {
  const auto w = static_cast<std::size_t>(work);
  State& state = *state_;
  {
    const std::lock_guard lock(state.mutex);
    const auto m = state.members.find(member);
    const auto s = state.sessions.find({member, session});
    if (!fits(m == state.members.end() ? 0 : m->second[w], tokens, state.bounds.per_member[w]) ||
        !fits(s == state.sessions.end() ? 0 : s->second[w], tokens, state.bounds.per_session[w])) {
      return base::fail(base::Code::kBusy);
    }
    state.members[member][w] += tokens;
    state.sessions[{member, session}][w] += tokens;
  }
  return std::make_shared<Ticket>(state_, work, tokens, member, session);
}

Admission::Ticket::~Ticket() {
  const auto w = static_cast<std::size_t>(work_);
  const std::lock_guard lock(from_->mutex);
  from_->members[member_][w] -= tokens_;
  const auto session = from_->sessions.find({member_, session_});
  session->second[w] -= tokens_;
  if (std::ranges::all_of(session->second, [](std::size_t n) { return n == 0; })) from_->sessions.erase(session);
}

std::size_t Admission::in_flight(Work work) const {
  const std::lock_guard lock(state_->mutex);
  std::size_t n = 0;
  for (const auto& [member, counts] : state_->members) n += counts[static_cast<std::size_t>(work)];
  return n;
}

}  // namespace flora::http
