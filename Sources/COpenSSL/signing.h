/* X.509, CMS (RFC 5652), PKCS #12 and time-stamps (RFC 3161) of libcrypto, and as functions what OpenSSL spells as
   macros or with variable arguments, which Swift cannot call. */
#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/ess.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/ts.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

static inline EVP_PKEY *signing_new_rsa_key(size_t bits) { return EVP_PKEY_Q_keygen(NULL, NULL, "RSA", bits); }

/* Text in what DER can hold of it: no BMPString and no T61String, which readers show differently. */
static inline int signing_add_name_entry(X509_NAME *name, int nid, const unsigned char *utf8, int length) {
    return X509_NAME_add_entry_by_NID(name, nid, MBSTRING_UTF8, (unsigned char *)utf8, length, -1, 0);
}

/* As RFC 4514 writes it, but with letters beyond ASCII as they are. */
static inline int signing_print_name(BIO *bio, const X509_NAME *name) {
    return X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
}

/* An extension from its configuration text, for a certificate that is its own issuer. */
static inline int signing_add_extension(X509 *certificate, int nid, const char *value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, certificate, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    if (extension == NULL) { return 0; }
    int added = X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
    return added;
}

static inline long signing_memory(BIO *bio, const unsigned char **bytes) { return BIO_get_mem_data(bio, (char **)bytes); }

static inline STACK_OF(X509) *signing_new_certificates(void) { return sk_X509_new_null(); }
static inline int signing_certificate_count(const STACK_OF(X509) *stack) { return sk_X509_num(stack); }
static inline X509 *signing_certificate_at(const STACK_OF(X509) *stack, int index) { return sk_X509_value(stack, index); }
static inline int signing_push_certificate(STACK_OF(X509) *stack, X509 *certificate) {
    return X509_add_cert(stack, certificate, X509_ADD_FLAG_UP_REF);
}
static inline void signing_free_certificates(STACK_OF(X509) *stack) { sk_X509_pop_free(stack, X509_free); }

static inline int signing_signer_count(CMS_ContentInfo *cms) { return sk_CMS_SignerInfo_num(CMS_get0_SignerInfos(cms)); }
static inline CMS_SignerInfo *signing_signer_at(CMS_ContentInfo *cms, int index) {
    return sk_CMS_SignerInfo_value(CMS_get0_SignerInfos(cms), index);
}

static inline int signing_failure_count(STACK_OF(ASN1_UTF8STRING) *texts) { return sk_ASN1_UTF8STRING_num(texts); }
static inline const ASN1_UTF8STRING *signing_failure_at(STACK_OF(ASN1_UTF8STRING) *texts, int index) {
    return sk_ASN1_UTF8STRING_value(texts, index);
}
