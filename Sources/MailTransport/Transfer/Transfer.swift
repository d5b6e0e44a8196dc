import CCurl

/// One transfer with libcurl: a handle of its own, what it sends, and who follows it. Used by one thread, once.
final class Transfer {
    private let handle: UnsafeMutableRawPointer
    private let listener: any TransferListener
    private let outgoing: [UInt8]
    private var offset = 0
    private var lists: [UnsafeMutablePointer<curl_slist>] = []
    private let errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
    /// The first option that libcurl would not take.
    private var refused: CURLcode?

    /// - Returns: nil if the library cannot be used; the machine has no memory then.
    init?(sending outgoing: [UInt8], to url: String, protocols: String, times: TransferTimes, trusting bundle: String?, listener: any TransferListener) {
        guard CurlLibrary.isReady, let handle = curl_easy_init() else { return nil }
        self.handle = handle
        self.listener = listener
        self.outgoing = outgoing
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        set(CURLOPT_URL, url)
        set(CURLOPT_PROTOCOLS_STR, protocols)
        set(CURLOPT_CONNECTTIMEOUT_MS, times.connect)
        set(CURLOPT_TIMEOUT_MS, times.total)
        setSecurity(bundle)
        setCallbacks()
    }

    deinit {
        // Nobody follows any more while libcurl tidies up.
        set(CURLOPT_VERBOSE, 0)
        set(CURLOPT_NOPROGRESS, 1)
        curl_easy_cleanup(handle)
        for list in lists { curl_slist_free_all(list) }
        errorText.deallocate()
    }

    /// Whether libcurl has been given all that is to be sent. It may hold the last of it still.
    var isHandedOver: Bool { offset == outgoing.count }

    /// Blocks until it is over.
    func perform() -> TransferEnd {
        if let refused { return TransferEnd(code: refused, detail: String(cString: curl_easy_strerror(refused))) }
        let code = withExtendedLifetime(self) { BrokenPipeSignal.blocked { curl_easy_perform(handle) } }
        let detail = errorText.pointee == 0 ? String(cString: curl_easy_strerror(code)) : String(cString: errorText)
        return TransferEnd(code: code, detail: detail)
    }

    func number(_ info: CURLINFO) -> Int {
        var value = 0
        return converge_curl_get_number(handle, info, &value) == CURLE_OK ? value : 0
    }

    // MARK: Options

    func set(_ option: CURLoption, _ value: Int) { note(converge_curl_set_number(handle, option, value)) }
    func set(_ option: CURLoption, size value: Int) { note(converge_curl_set_size(handle, option, curl_off_t(value))) }
    func set(_ option: CURLoption, _ value: String) { note(converge_curl_set_text(handle, option, value)) }

    func set(_ option: CURLoption, list values: [String]) {
        var list: UnsafeMutablePointer<curl_slist>?
        for value in values {
            guard let longer = curl_slist_append(list, value) else {
                curl_slist_free_all(list)
                return note(CURLE_OUT_OF_MEMORY)
            }
            list = longer
        }
        guard let list else { return }
        lists.append(list)
        note(converge_curl_set_list(handle, option, list))
    }

    private func note(_ code: CURLcode) {
        if code != CURLE_OK, refused == nil { refused = code }
    }

    private func setSecurity(_ bundle: String?) {
        set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        set(CURLOPT_SSL_VERIFYPEER, 1)
        set(CURLOPT_SSL_VERIFYHOST, 2)
        if let bundle { set(CURLOPT_CAINFO, bundle) }
        // What the environment says of proxies is meant for other programs.
        set(CURLOPT_PROXY, "")
        set(CURLOPT_FOLLOWLOCATION, 0)
        set(CURLOPT_NOSIGNAL, 1)
        // The connection ends with the transfer, under the eyes of its listener, and a name server that does not answer is not waited for.
        set(CURLOPT_FORBID_REUSE, 1)
        set(CURLOPT_QUICK_EXIT, 1)
        note(converge_curl_set_pointer(handle, CURLOPT_ERRORBUFFER, errorText))
    }

    private func setCallbacks() {
        // Unretained: libcurl holds it as long as the handle lives, which this object owns.
        let context = Unmanaged.passUnretained(self).toOpaque()
        for option in [CURLOPT_READDATA, CURLOPT_WRITEDATA, CURLOPT_HEADERDATA, CURLOPT_DEBUGDATA, CURLOPT_XFERINFODATA] {
            note(converge_curl_set_pointer(handle, option, context))
        }
        note(converge_curl_set_reader(handle) { buffer, size, count, context in
            guard let buffer, let transfer = Transfer.of(context) else { return Int(CURL_READFUNC_ABORT) }
            return transfer.read(into: UnsafeMutableRawBufferPointer(start: buffer, count: size * count))
        })
        note(converge_curl_set_writer(handle, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
            guard let transfer = Transfer.of(context) else { return 0 }
            return transfer.listener.received(body: UnsafeRawBufferPointer(start: bytes, count: size * count)) ? size * count : 0
        })
        note(converge_curl_set_writer(handle, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
            guard let transfer = Transfer.of(context) else { return 0 }
            return transfer.listener.received(line: UnsafeRawBufferPointer(start: bytes, count: size * count)) ? size * count : 0
        })
        note(converge_curl_set_observer(handle) { _, kind, bytes, count, context in
            if kind == CURLINFO_HEADER_OUT { Transfer.of(context)?.listener.sent(UnsafeRawBufferPointer(start: bytes, count: count)) }
            return 0
        })
        set(CURLOPT_VERBOSE, 1)
        note(converge_curl_set_progress(handle) { context, _, _, _, _ in Transfer.of(context)?.listener.mayGoOn() == true ? 0 : 1 })
        set(CURLOPT_NOPROGRESS, 0)
    }

    private static func of(_ context: UnsafeMutableRawPointer?) -> Transfer? {
        context.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
    }

    private func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(buffer.count, outgoing.count - offset)
        outgoing.withUnsafeBytes { buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[offset..<(offset + count)])) }
        offset += count
        return count
    }
}
