import ReplicationCore

/// Finds circles in which collections would inherit scopes from, or be computed from, themselves. A circle
/// of scopes would keep rows alive for each other after the last real reason to hold them is gone.
struct CycleCheck {
    let draft: SchemaDraft
    let log: MistakeLog

    func report(_ collections: [Collection]) {
        var inherits: [UInt32: [UInt32]] = [:], computes: [UInt32: [UInt32]] = [:]
        for collection in collections {
            for rule in collection.scopes {
                switch rule {
                // What the newest receive they do not pass on to where it came from.
                case .everyone, .field, .own, .newest: break
                case .referrer(let source, _): inherits[collection.number, default: []].append(source)
                case .parent(let field, _):
                    switch collection.field(named: field)?.type {
                    case .reference(let parent)?: inherits[collection.number, default: []].append(parent)
                    case .anyReference(let parents)?: inherits[collection.number, default: []] += parents
                    default: break
                    }
                }
            }
            for group in collection.groups {
                if case .derived(let derivation) = group.policy {
                    computes[collection.number, default: []].append(derivation.source)
                }
            }
        }
        for circle in Self.circles(inherits) {
            add(circle, key: "scopes", "scopes go round in a circle", "Remove one of these scopes; a field with a scope of its own breaks the circle.")
        }
        for circle in Self.circles(computes) {
            add(circle, key: "groups", "derived groups go round in a circle", "Compute one of them from something else.")
        }
    }

    private func add(_ circle: [UInt32], key: String, _ problem: String, _ remedy: String) {
        let names = (circle + [circle[0]]).compactMap { draft.collection($0)?.name.text }
        let place = draft.collection(circle[0])?.map.place(of: key) ?? Place(line: 1, column: 1)
        log.add(place, "\(problem): \(names.joined(separator: " ← "))", remedy)
    }

    /// The circles that a walk from each node in turn meets, each once and from its least number on.
    static func circles(_ edges: [UInt32: [UInt32]]) -> [[UInt32]] {
        var finished: Set<UInt32> = []
        var path: [UInt32] = []
        var circles: [[UInt32]] = []
        func visit(_ node: UInt32) {
            if let start = path.firstIndex(of: node) {
                let circle = Array(path[start...])
                guard let least = circle.indices.min(by: { circle[$0] < circle[$1] }) else { return }
                let turned = Array(circle[least...] + circle[..<least])
                if !circles.contains(turned) { circles.append(turned) }
                return
            }
            if finished.contains(node) { return }
            path.append(node)
            for next in edges[node] ?? [] { visit(next) }
            path.removeLast()
            finished.insert(node)
        }
        for node in edges.keys.sorted() { visit(node) }
        return circles
    }
}
