import CCurl

/// What there is once in the process of libcurl.
enum CurlLibrary {
    /// Made ready by the first transfer, on whichever thread, and never taken down: another library of the process may use it.
    static let isReady: Bool = converge_curl_start() == CURLE_OK
}
