#ifndef CONVERGE_TRANSFERS_H
#define CONVERGE_TRANSFERS_H

/* What Swift cannot call of libcurl: functions with variable arguments. Each inline function fixes the type that libcurl
   reads for the options it is meant for. The names stand in parentheses to go past libcurl's macros, which want constants. */

#include <curl/curl.h>

static inline CURLcode converge_curl_start(void) { return curl_global_init(CURL_GLOBAL_ALL); }

static inline CURLcode converge_curl_set_number(CURL *handle, CURLoption option, long value) {
    return (curl_easy_setopt)(handle, option, value);
}

static inline CURLcode converge_curl_set_size(CURL *handle, CURLoption option, curl_off_t value) {
    return (curl_easy_setopt)(handle, option, value);
}

/* Texts are copied by libcurl. */
static inline CURLcode converge_curl_set_text(CURL *handle, CURLoption option, const char *value) {
    return (curl_easy_setopt)(handle, option, value);
}

/* Lists and pointers are not: they have to outlive the transfer. */
static inline CURLcode converge_curl_set_list(CURL *handle, CURLoption option, struct curl_slist *value) {
    return (curl_easy_setopt)(handle, option, value);
}

static inline CURLcode converge_curl_set_pointer(CURL *handle, CURLoption option, void *value) {
    return (curl_easy_setopt)(handle, option, value);
}

static inline CURLcode converge_curl_set_reader(CURL *handle, curl_read_callback function) {
    return (curl_easy_setopt)(handle, CURLOPT_READFUNCTION, function);
}

/* CURLOPT_WRITEFUNCTION or CURLOPT_HEADERFUNCTION. */
static inline CURLcode converge_curl_set_writer(CURL *handle, CURLoption option, curl_write_callback function) {
    return (curl_easy_setopt)(handle, option, function);
}

static inline CURLcode converge_curl_set_observer(CURL *handle, curl_debug_callback function) {
    return (curl_easy_setopt)(handle, CURLOPT_DEBUGFUNCTION, function);
}

static inline CURLcode converge_curl_set_progress(CURL *handle, curl_xferinfo_callback function) {
    return (curl_easy_setopt)(handle, CURLOPT_XFERINFOFUNCTION, function);
}

static inline CURLcode converge_curl_get_number(CURL *handle, CURLINFO info, long *value) {
    return (curl_easy_getinfo)(handle, info, value);
}

#endif
