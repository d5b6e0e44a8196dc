/* SHA-256 with its state where the caller wants it: see docs/decisions/0036. OpenSSL 3 marks these functions as
   superseded by EVP, which puts the state on the heap; asking for the interface of 1.1 leaves the marks away. */
#define OPENSSL_API_COMPAT 10101
#include <openssl/sha.h>
