// SPDX-License-Identifier: EUPL-1.2
// Bytes from anywhere as certificate, revocation list, PEM, and as the leaf, a pool member and an anchor of a path: refused or
// read, never a crash.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "base/random.hpp"
#include "pki/member_ca.hpp"
#include "pki/path.hpp"

namespace {

using namespace flora::pki;

struct World {
  flora::base::SeededRandom random{1};
  Validity years{Instant::from_seconds(1'600'000'000), Instant::from_seconds(2'000'000'000)};
  MemberCa ca = MemberCa::make_root("root", "", years, random).value();
  Crl crl = ca.publish_crl(1, years.not_before, years.not_after, {}).value();
};

void expect(bool holds) {
  if (!holds) std::abort();
}

void try_certificate(const World& world, ByteView input) {
  const auto parsed = Certificate::parse_der(input);
  if (!parsed) return;
  expect(flora::base::equal(parsed->der(), input));
  (void)parsed->subject();
  (void)parsed->purpose();
  (void)parsed->public_key();
  const std::vector trust{world.ca.certificate()}, chain{*parsed, world.ca.certificate(), *parsed};
  const auto at = Instant::from_seconds(1'700'000'000);
  for (const auto purpose : {Purpose::kAny, Purpose::kEnvelope}) {
    (void)verify_path(trust, chain, std::vector{world.crl}, at, purpose);
    (void)verify_path(std::vector{*parsed}, std::vector{world.ca.certificate(), *parsed}, {}, at, purpose);
    (void)verify_path(std::vector{*parsed}, std::vector{*parsed}, {}, at, purpose);
  }
}

void try_crl(const World& world, ByteView input) {
  const auto parsed = Crl::parse_der(input);
  if (!parsed) return;
  (void)parsed->issuer();
  (void)check_crl(*parsed, world.ca.certificate(), Instant::from_seconds(1'700'000'000));
  (void)verify_path(std::vector{world.ca.certificate()}, std::vector{world.ca.certificate()}, std::vector{*parsed, world.crl},
                    Instant::from_seconds(1'700'000'000), Purpose::kAny);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const World world;
  if (size == 0) return 0;
  const ByteView input(data + 1, size - 1);
  switch (data[0] % 3) {
    case 0: try_certificate(world, input); break;
    case 1: try_crl(world, input); break;
    default:
      (void)Certificate::parse_pem_bundle(flora::base::as_text(input));
      (void)Crl::parse_pem_bundle(flora::base::as_text(input));
  }
  return 0;
}
