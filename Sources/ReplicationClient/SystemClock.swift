import Foundation
import ReplicationEngine

/// The machine's clocks.
public enum SystemClock {
    /// Both clocks now. The monotonic one goes on while the machine sleeps.
    public static func now() -> DeviceInstant {
        DeviceInstant(wall: read(CLOCK_REALTIME), monotonic: read(monotonicClock), boot: boot)
    }

    #if os(Linux)
    private static let monotonicClock = CLOCK_BOOTTIME
    #else
    private static let monotonicClock = CLOCK_MONOTONIC
    #endif

    private static func read(_ clock: clockid_t) -> UInt64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return UInt64(max(time.tv_sec, 0)) * 1_000 + UInt64(time.tv_nsec) / 1_000_000
    }

    /// Where the system does not name its boot, a measurement does not outlive the process.
    private static let boot: UInt64 = {
        let name: String
        do {
            name = try String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
        } catch {
            name = UUID().uuidString
        }
        // FNV-1a: any number that differs from boot to boot will do.
        return name.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }()
}
