#include "ledger/signing.hpp"
#include "ledger/hex.hpp"
#include "ledger/sha256.hpp"

#include <array>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "ledger/audit_event.hpp"
#include "ledger/error.hpp"
#include "tests/daemon/temporary_folder.hpp"

namespace costd {
namespace {

/// The fixed beginning of a private key of 32 bytes in PKCS #8 (RFC 8410, section 7).
constexpr const char* pkcs8_begin = "302e020100300506032b657004220420";
/// The same of a public key (section 4).
constexpr const char* spki_begin = "302a300506032b6570032100";

std::string base64(const std::string& bytes) {
  constexpr std::string_view letters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t n = 0; n < bytes.size(); n += 3) {
    std::uint32_t group = 0;
    for (std::size_t byte = 0; byte < 3; ++byte) {
      group = group << 8;
      if (n + byte < bytes.size()) group |= static_cast<unsigned char>(bytes[n + byte]);
    }
    for (std::size_t letter = 0; letter < 4; ++letter) {
      text += n + letter > bytes.size() ? '=' : letters[group >> (18 - 6 * letter) & 63];
    }
  }
  return text;
}

std::string private_pem(const std::string& seed_hex) {
  return "-----BEGIN PRIVATE KEY-----\n" + base64(from_hex(pkcs8_begin + seed_hex)) +
         "\n-----END PRIVATE KEY-----\n";
}

std::string public_pem(const std::string& key_hex) {
  return "-----BEGIN PUBLIC KEY-----\n" + base64(from_hex(spki_begin + key_hex)) +
         "\n-----END PUBLIC KEY-----\n";
}

void write(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

std::string read(const std::string& path) {
  std::ifstream input(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(input), {}};
}

int openssl(const std::string& words) {
  return std::system(("openssl " + words + " >/dev/null 2>&1").c_str());
}

}  // namespace

TEST_CASE("keys and signatures are those of RFC 8032", "[signing]") {
  struct Vector {
    const char* seed;
    const char* key;
    const char* message;
    const char* signature;
  };
  // RFC 8032, section 7.1: tests 1, 2, 3 and SHA(abc).
  const std::array<Vector, 4> vectors{{
      {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
       "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
       "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701c"
       "f9b46bd25bf5f0595bbe24655141438e7a100b"},
      {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
       "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
       "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0"
       "f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
      {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
       "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
       "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984"
       "dc6594a7c15e9716ed28dc027beceea1ec40a"},
      {"833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
       "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
       "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3f"
       "eebbd454d4423643ce80e2a9ac94fa54ca49f",
       "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c6643"
       "1e0303dca179c138ac17ad9bef1177331a704"},
  }};
  for (const Vector& vector : vectors) {
    CAPTURE(vector.seed);
    const SigningKey key = SigningKey::from_pem(private_pem(vector.seed));
    CHECK(key.public_key().pem() == public_pem(vector.key));
    CHECK(key.public_key().id() == sha256_hex(from_hex(vector.key)).substr(0, 16));
    const std::string message = from_hex(vector.message);
    CHECK(to_hex(key.sign(message)) == vector.signature);
    const PublicKey known = PublicKey::from_pem(public_pem(vector.key));
    CHECK(known.verifies(message, from_hex(vector.signature)));
    CHECK_FALSE(known.verifies(message + " ", from_hex(vector.signature)));
  }
}

TEST_CASE("a signature with any bit changed, cut or of another key is none", "[signing]") {
  const SigningKey key = SigningKey::generate();
  const PublicKey known = key.public_key();
  const std::string text = "a report";
  const std::string signature = key.sign(text);
  REQUIRE(signature.size() == signature_bytes);
  CHECK(known.verifies(text, signature));
  for (std::size_t bit = 0; bit < signature.size() * 8; ++bit) {
    std::string changed = signature;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    CHECK_FALSE(known.verifies(text, changed));
  }
  CHECK_FALSE(known.verifies(text, signature.substr(1)));
  CHECK_FALSE(known.verifies(text, ""));
  CHECK_FALSE(SigningKey::generate().public_key().verifies(text, signature));
}

TEST_CASE("a key is the same after it was written and read", "[signing]") {
  const SigningKey key = SigningKey::generate();
  const SigningKey read = SigningKey::from_pem(key.pem());
  CHECK(read.pem() == key.pem());
  CHECK(read.public_key().id() == key.public_key().id());
  CHECK(read.sign("text") == key.sign("text"));
  CHECK(PublicKey::from_pem(key.public_key().pem()).pem() == key.public_key().pem());
}

TEST_CASE("what is no Ed25519 key is refused", "[signing]") {
  const SigningKey key = SigningKey::generate();
  const TemporaryFolder folder;
  REQUIRE(openssl("genpkey -algorithm X25519 -out " + (folder / "x25519.pem")) == 0);
  for (const std::string& pem :
       {std::string(), std::string("text"), key.public_key().pem(), read(folder / "x25519.pem")}) {
    CHECK_THROWS_AS(SigningKey::from_pem(pem), Error);
  }
  CHECK_THROWS_AS(PublicKey::from_pem(""), Error);
  CHECK_THROWS_AS(PublicKey::from_pem(key.pem()), Error);
}

TEST_CASE("openssl takes our keys and signatures, and we take its", "[signing]") {
  const TemporaryFolder folder;
  const SigningKey key = SigningKey::generate();
  write(folder / "text", "bytes\n");
  write(folder / "text.sig", key.sign("bytes\n"));
  write(folder / "public.pem", key.public_key().pem());
  write(folder / "private.pem", key.pem());
  const std::string verify = "pkeyutl -verify -pubin -rawin -inkey " + (folder / "public.pem") +
                             " -in " + (folder / "text") + " -sigfile ";
  CHECK(openssl(verify + (folder / "text.sig")) == 0);
  REQUIRE(openssl("pkeyutl -sign -rawin -inkey " + (folder / "private.pem") + " -in " +
                  (folder / "text") + " -out " + (folder / "theirs.sig")) == 0);
  CHECK(read(folder / "theirs.sig") == key.sign("bytes\n"));
  REQUIRE(openssl("genpkey -algorithm ed25519 -out " + (folder / "made.pem")) == 0);
  REQUIRE(openssl("pkey -in " + (folder / "made.pem") + " -pubout -out " +
                  (folder / "made.pub.pem")) == 0);
  CHECK(SigningKey::from_pem(read(folder / "made.pem")).public_key().pem() ==
        read(folder / "made.pub.pem"));
}

TEST_CASE("hex is lower case, in pairs, or nothing", "[signing]") {
  CHECK(to_hex(std::string("\x00\x0f\xff", 3)) == "000fff");
  CHECK(from_hex("000fff") == std::string("\x00\x0f\xff", 3));
  CHECK(from_hex("").empty());
  for (const char* other : {"0", "0F", "0g", "zz", "00 ", " 00"}) CHECK(from_hex(other).empty());
}

}  // namespace costd
