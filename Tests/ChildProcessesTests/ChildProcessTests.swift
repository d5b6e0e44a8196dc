import ChildProcesses
import Foundation
import Synchronization
import Testing
import TestTraits

@Suite(.realTime)
struct ChildProcessTests {
    @Test func aCrashIsNoSuccess() throws {
        let child = try ChildProcess("/bin/sh", ["-c", "kill -ABRT $$"])
        let error = #expect(throws: ChildProcessError.self) { try child.waitForSuccess(within: 30) }
        #expect(error?.code == .failed && error?.description.contains("signal 6") == true, "\(error as Any)")
        #expect(child.ended == .signalled(SIGABRT))
    }

    @Test func aCodeOfFailureIsNoSuccess() throws {
        let error = #expect(throws: ChildProcessError.self) {
            try ChildProcess("/bin/sh", ["-c", "exit 7"]).waitForSuccess(within: 30)
        }
        #expect(error?.description == "sh ended with code 7.")
        try ChildProcess("/bin/sh", ["-c", "exit 0"]).waitForSuccess(within: 30)
    }

    @Test func nobodyWaitsForEver() throws {
        let child = try ChildProcess("/bin/sleep", ["1000"])
        #expect(throws: ChildProcessError.self) { try child.readLine(within: 0.05) }
        #expect(throws: ChildProcessError.self) { try child.wait(within: 0.05) }
        let error = #expect(throws: ChildProcessError.self) { try child.waitForSuccess(within: 0.05) }
        #expect(error?.code == .timedOut)
        #expect(child.ended == .signalled(SIGKILL))
        #expect(throws: ChildProcessError.self) { try ChildProcess.run("/bin/sleep", ["1000"], within: 0.05) }
    }

    @Test func whatNobodyWaitedForEndsWithItsOwner() throws {
        let pid = try ChildProcess("/bin/sleep", ["1000"]).pid
        #expect(kill(pid, 0) == -1 && errno == ESRCH)
    }

    @Test func linesGoBothWays() throws {
        let child = try ChildProcess("/bin/cat", [])
        try child.write("one\ntwo\nth")
        #expect(try child.readLine(within: 30) == "one")
        #expect(try child.readLine(within: 30) == "two")
        try child.write("ree\n")
        #expect(try child.readLine(within: 30) == "three")
        child.closeInput()
        #expect(try child.readLine(within: 30) == nil)
        try child.waitForSuccess(within: 30)
    }

    @Test func writingToOneThatEndedIsAnError() throws {
        let child = try ChildProcess("/bin/true", [])
        _ = try child.wait(within: 30)
        // More than a pipe holds: one that is just being started beside it may have the other end as well, until it runs its program.
        let error = #expect(throws: ChildProcessError.self) { try child.write(String(repeating: "x", count: 1_000_000)) }
        #expect(error?.code == .failed)
    }

    @Test func aRunHoldsMoreThanAPipeDoes() throws {
        let script = "head -c 500000 /dev/zero | tr '\\0' a; head -c 500000 /dev/zero | tr '\\0' b >&2; exit 3"
        let run = try ChildProcess.run("/bin/sh", ["-c", script], within: 60)
        #expect(run.end == .exited(3))
        #expect(run.output.utf8.count == 500_000 && run.errors.utf8.count == 500_000)
    }

    @Test func whatTheStartingThreadBlocksIsNotBlockedThere() throws {
        let result = Mutex<String?>(nil)
        let done = DispatchSemaphore(value: 0)
        Thread.detachNewThread {
            var all = sigset_t()
            sigfillset(&all)
            pthread_sigmask(SIG_BLOCK, &all, nil)
            // A failure shows in the comparison below.
            let run = try? ChildProcess.run("/bin/grep", ["SigBlk", "/proc/self/status"], within: 60)
            result.withLock { $0 = run?.output }
            done.signal()
        }
        done.wait()
        #expect(result.withLock { $0 } == "SigBlk:\t0000000000000000\n")
    }

    @Test func aMissingProgramIsNamed() {
        let error = #expect(throws: ChildProcessError.self) { try ChildProcess("/nonexistent/program", []) }
        #expect(error?.code == .notStarted && error?.description.contains("/nonexistent/program") == true)
    }
}
