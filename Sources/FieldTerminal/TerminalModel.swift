import ReplicationCore
import TerminalScreen

/// One page as it stands: what was read for it, and where one is in it.
struct PageState: Sendable, Equatable {
    var key: PageKey
    var data: PageData?
    var tab = 0
    /// The selected line, by tab.
    var selections: [Int: Int] = [:]
    /// On the board: which piece of the selected technician's day.
    var block = 0
    /// An order that was given to somebody just now: its visit is selected when it stands on the board.
    var placed: RowID?
    var filter = TextInput()
    var isFiltering = false

    init(_ key: PageKey) { self.key = key }

    var selected: Int {
        get { selections[tab] ?? 0 }
        set { selections[tab] = max(newValue, 0) }
    }
}

/// The whole state of the terminal device: events change it, and what is seen follows from it alone.
struct TerminalModel: Sendable {
    private(set) var person: Person
    private(set) var schema: Schema
    private(set) var text: FieldText
    var size = Size(columns: 80, rows: 24)
    var status = DeviceStatus()
    /// The outermost page first, the shown one last.
    var stack: [PageState]
    var dialog: Dialog?
    var notice: Notice?
    var frames: [String] = []
    /// In Unix milliseconds, by the machine's clock.
    var now: Int64
    /// Lines of frames that are kept to be looked at.
    static let framesKept = 500
    /// What is typed while a page or a form is being read is meant for that: it waits.
    private(set) var typedAhead: [InputEvent] = []
    private var awaitsForm = false
    private static let typedAheadAtMost = 200
    /// Ctrl-C and Ctrl-Z, which never wait.
    private static let end = KeyPress(.character("c"), .control), suspension = KeyPress(.character("z"), .control)

    struct Notice: Sendable, Equatable {
        var text: String
        var isBad: Bool
        var until: Int64
        /// It tells of a write that the hub is not known to have.
        var isWritten = false
    }

    init(person: Person, schema: Schema, language: Language, now: Int64) {
        self.person = person
        self.schema = schema
        text = FieldText(language: language, moments: Moments(zone: person.zone))
        self.now = now
        stack = []
        stack = [PageState(mainPages[0])]
    }

    var language: Language { text.language }
    var moments: Moments { text.moments }
    var today: Int { moments.day(of: now) }

    var state: PageState {
        get { stack[stack.count - 1] }
        set { stack[stack.count - 1] = newValue }
    }

    /// What the role works with, from the first on.
    var mainPages: [PageKey] {
        let own: [PageKey] =
            switch person.role {
            case "technician": [.day(today), .orders]
            case "dispatcher", "router": [.board(today), .orders]
            case "manager": [.accounts, .board(today), .orders]
            case "key_account_manager": [.accounts, .orders]
            default: [.orders]
            }
        return own + [.conflicts, .refused] + (looksAtReviews ? [.reviews] : []) + [.frames]
    }

    /// Those who plan and those who drive have no room for them; their managers look.
    private var looksAtReviews: Bool { !["technician", "dispatcher", "router"].contains(person.role) }

    func name(of key: PageKey) -> String {
        switch key {
        case .day: language(.day)
        case .orders, .order: language(.orders)
        case .board: language(.board)
        case .accounts, .account: language(.accounts)
        case .conflicts: language(.conflicts) + (status.conflicts > 0 ? " \(status.conflicts)" : "")
        case .refused: language(.refused) + (status.refused > 0 ? " \(status.refused)" : "")
        case .reviews: language(.reviews) + (status.reviews > 0 ? " \(status.reviews)" : "")
        case .frames: language(.frames)
        }
    }

    /// What is to be done when the terminal device begins.
    var firstEffects: [Effect] { [.load(state.key)] }

    // MARK: Events

    mutating func handle(_ event: TerminalEvent) -> [Effect] {
        if case .input(let input) = event { return type(input) }
        var effects = take(event)
        while !waits, !typedAhead.isEmpty { effects += type(typedAhead.removeFirst()) }
        return effects
    }

    /// Something is being read, and keys are for what it shows.
    private var waits: Bool { dialog == nil && (awaitsForm || (state.data == nil && state.key != .frames)) }

    private mutating func type(_ input: InputEvent) -> [Effect] {
        switch input {
        case .key(let press) where press.key == .escape || press == Self.end || press == Self.suspension:
            typedAhead = []
            awaitsForm = false
        case .key, .paste:
            guard waits else { break }
            if typedAhead.count < Self.typedAheadAtMost { typedAhead.append(input) }
            return []
        case .mouse, .resize: break
        }
        let effects = handle(input)
        // What was asked for is shown at once, so that the same key asked again means the opposite.
        for case .connect(let isWanted) in effects { status.connection = isWanted ? .connecting : .offline }
        awaitsForm = awaitsForm || effects.contains(where: \.opensDialog)
        return effects
    }

    private mutating func take(_ event: TerminalEvent) -> [Effect] {
        switch event {
        case .input: break
        case .loaded(let key, let data):
            for index in stack.indices where stack[index].key == key {
                if case .board(let board) = data { follow(board, at: index) }
                stack[index].data = data
            }
        case .status(let status):
            self.status = status
            noteArrival()
        case .changed: return [.load(state.key)]
        case .holder(let person, let schema): return take(person, schema)
        case .form(let form):
            awaitsForm = false
            open(form)
        case .text(let text):
            awaitsForm = false
            dialog = .text(text)
        case .said(let text, let isBad):
            let effects = isBad ? giveUpReading() : []
            say(text, isBad: isBad)
            return effects
        case .saved:
            if case .form(let form) = dialog {
                if case .appoint(let order, _, nil) = form.purpose { state.placed = order }
                dialog = nil
            }
            say(language(status.connection == .online ? .writtenOnline : .writtenOffline), isBad: false)
            notice?.isWritten = true
        case .refused(let text):
            guard case .form(var form) = dialog else {
                say(text, isBad: true)
                break
            }
            form.error = text
            dialog = .form(form)
        case .frames(let lines): frames = Array((frames + lines).suffix(Self.framesKept))
        case .tick(let now):
            self.now = now
            if let notice, notice.until <= now { self.notice = nil }
        }
        return []
    }

    /// A device that has just been enrolled does not know yet who holds it; and roles change.
    private mutating func take(_ person: Person, _ schema: Schema) -> [Effect] {
        let isOtherRole = person.role != self.person.role, isOtherZone = person.zone != self.person.zone
        self.person = person
        self.schema = schema
        text = FieldText(language: language, moments: Moments(zone: person.zone))
        return isOtherRole || (isOtherZone && stack.count == 1) ? show(mainPages[0]) : [.load(state.key)]
    }

    private mutating func handle(_ input: InputEvent) -> [Effect] {
        switch input {
        case .resize(let size):
            self.size = size
            return []
        case .paste(let text):
            if case .form(var form) = dialog {
                form.fields[form.focus].paste(text)
                judge(&form)
                dialog = .form(form)
            } else if state.isFiltering, page.filtered {
                state.filter.insert(text)
            }
            return []
        case .mouse(let mouse): return handle(mouse)
        case .key(let press):
            if press == Self.end { return [.quit] }
            if press == Self.suspension { return [.suspend] }
            if let dialog { return handle(press, in: dialog) }
            if state.isFiltering { return filter(press) }
            return handle(press)
        }
    }

    private mutating func handle(_ mouse: MouseEvent) -> [Effect] {
        if case .form(var form) = dialog {
            guard let area = FormLayout(of: form, in: Rect(size)).area else { return [] }
            let dot = Drawing.Dot(column: mouse.point.column - area.column, row: mouse.point.row - area.row, milliseconds: now)
            form.drawing?.size = Size(columns: area.columns, rows: area.rows)
            switch mouse.action {
            case .pressed where area.contains(mouse.point): form.drawing?.press(dot)
            case .dragged where area.contains(mouse.point): form.drawing?.drag(dot)
            default: break
            }
            dialog = .form(form)
            return []
        }
        switch mouse.action {
        case .wheelUp: return handle(.key(KeyPress(.up)))
        case .wheelDown: return handle(.key(KeyPress(.down)))
        case .pressed: return dialog == nil ? click(mouse.point) : []
        case .dragged, .released: return []
        }
    }

    private mutating func filter(_ press: KeyPress) -> [Effect] {
        switch press.key {
        case .enter where page.filtered: state.isFiltering = false
        case .enter, .escape:
            state.isFiltering = false
            state.filter = TextInput()
        case .up, .down: moveSelection(press.key == .up ? -1 : 1)
        default: if page.filtered, state.filter.take(press) { state.selected = 0 }
        }
        return []
    }

    mutating func say(_ text: String, isBad: Bool) { notice = Notice(text: text, isBad: isBad, until: now + (isBad ? 10_000 : 4_000)) }

    /// What was said of a write is said anew when the hub has it.
    private mutating func noteArrival() {
        guard notice?.isWritten == true, status.connection == .online, status.pending == 0 else { return }
        say(language(.writtenAtHub), isBad: false)
    }

    /// What was to be opened cannot be: one stays where one was.
    private mutating func giveUpReading() -> [Effect] {
        awaitsForm = false
        guard state.data == nil, state.key != .frames else { return [] }
        if stack.count > 1 { return goBack() }
        state.data = .list([])
        return []
    }

    // MARK: Going from page to page

    mutating func open(_ key: PageKey) -> [Effect] {
        notice = nil
        stack.append(PageState(key))
        return [.load(key)]
    }

    /// Another outermost page.
    mutating func show(_ key: PageKey) -> [Effect] {
        let isFrames = key == .frames, wasFrames = state.key == .frames
        notice = nil
        stack = [PageState(key)]
        return [.load(key)] + (isFrames != wasFrames ? [.watchFrames(isFrames)] : [])
    }

    mutating func goBack() -> [Effect] {
        if !state.filter.text.isEmpty {
            state.filter = TextInput()
            return []
        }
        guard stack.count > 1 else { return [] }
        notice = nil
        stack.removeLast()
        // It may have changed while it was covered.
        return [.load(state.key)]
    }

    /// Stays on the same day's page, of another day.
    mutating func turn(to key: PageKey) -> [Effect] {
        state.key = key
        state.data = nil
        state.selected = 0
        return [.load(key)]
    }
}
