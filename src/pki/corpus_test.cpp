// SPDX-License-Identifier: EUPL-1.2
// Every input the fuzzer found worth keeping, through the fuzzer's own checks.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "pki/certificate_fuzz.cpp"  // NOLINT(bugprone-suspicious-include): the entry point is the test

TEST(CertificateCorpus, IsRefusedOrRead) {
  int files = 0;
  for (const auto& file :
       std::filesystem::directory_iterator(std::string(FLORA_SOURCE_DIR "/tests/corpus/pki_certificate_fuzz"))) {
    std::ifstream in(file.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), {}};
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
    ++files;
  }
  EXPECT_GE(files, 14);
}
