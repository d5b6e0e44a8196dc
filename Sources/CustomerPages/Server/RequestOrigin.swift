/// Whether a form was sent from a page of ours.
///
/// The token in the address is what a stranger's page cannot know, so these checks are a second wall. `Origin` is `null` from our own pages, because
/// they let no referrer out (Fetch, section 3.2, "serializing a request origin"); then `Sec-Fetch-Site` tells, which browsers send since 2023.
enum RequestOrigin {
    /// - Parameters:
    ///   - site: the header `Sec-Fetch-Site`.
    ///   - origin: the header `Origin`.
    ///   - expected: the pages' own origin.
    static func isOwn(site: String?, origin: String?, expected: String) -> Bool {
        if let site, site != "same-origin", site != "none" { return false }
        guard let origin, origin != "null" else { return true }
        return origin.lowercased() == expected
    }
}
