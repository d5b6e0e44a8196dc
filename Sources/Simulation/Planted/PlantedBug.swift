import ReplicationCore
import ReplicationEngine

/// A mistake that is put between the shipped code and its ports, to see that a checker finds it.
public enum PlantedBug: String, Sendable, CaseIterable {
    /// The hub's disk says it has synchronized and has not: an acknowledgement's fsync is missing.
    case lyingHubDisk
    /// The same on devices.
    case lyingDeviceDisk
    /// The hub does not look whether it knows a changeset's identity or place.
    case skippedIdentityCheck
    /// Of concurrent values the one that arrived last is shown.
    case arrivalOrder
    /// Of concurrent values only the shown one is kept.
    case forgottenLoser
    /// Increments are added twice.
    case appliedTwice
    /// Devices are not told which rows have left their scopes.
    case lostEviction
    /// A page of catch-up lacks a row.
    case lostChange
    /// Refused operations are not kept at the hub.
    case lostQuarantine
    /// Refused operations are not kept on the device.
    case lostRefusal
    /// A device shows what the hub said in the place of its own writes.
    case vanishingWrite
    /// A device forgets some of what it wrote.
    case forgottenOutbox
    /// The hub does not keep where writes stood in lost time.
    case lostFormerPlace
    /// The hub does not keep how far lost time is contained in cells.
    case lostContainedPlace
    /// A device drops what it handed in as soon as it is answered, before the hub's backups hold it.
    case droppedTooSoon
    /// Cells that devices hand in after a restore are not taken in.
    case lostSalvage
    /// A restored hub goes on in the epoch of its backup.
    case epochNotBegun
    /// A restored hub gives sites again that it had given after its backup.
    case sitesNotMoved
    /// A hub forgets that access was taken away.
    case forgottenRevocation
    /// What devices without access hand in is refused and not kept.
    case lostRevokedWork
    /// The hub takes what earlier versions of the schema wrote as if the latest one had.
    case skippedLens
    /// The journal of erasures is lost, so a hub that is restored does not erase again.
    case lostJournal
    /// What is erased stays in the hub's log.
    case keptLog
    /// A device keeps what it wrote itself about rows that are erased.
    case keptOwnWork
    /// Of an all-or-nothing changeset the hub takes what would be acceptable alone.
    case tornChangeset

    public var what: String {
        switch self {
        case .lyingHubDisk: "the hub acknowledges without having synchronized"
        case .lyingDeviceDisk: "a device takes a write for durable without having synchronized"
        case .skippedIdentityCheck: "the hub does not look whether it knows a changeset already"
        case .arrivalOrder: "the value that arrived last is shown"
        case .forgottenLoser: "only the shown value is kept"
        case .appliedTwice: "increments are added twice"
        case .lostEviction: "devices are not told what has left their scopes"
        case .lostChange: "a page of catch-up lacks a row"
        case .lostQuarantine: "the hub does not keep what it refused"
        case .lostRefusal: "a device does not keep what was refused"
        case .vanishingWrite: "a device shows the hub's value over its own write"
        case .forgottenOutbox: "a device forgets every fifth changeset"
        case .lostFormerPlace: "the hub does not keep where writes stood in lost time"
        case .lostContainedPlace: "the hub does not keep what lost time is contained in cells"
        case .droppedTooSoon: "a device drops what it wrote before the hub's backups hold it"
        case .lostSalvage: "cells that devices hand in after a restore are not taken in"
        case .epochNotBegun: "a restored hub goes on in the epoch of its backup"
        case .sitesNotMoved: "a restored hub gives sites again that it had given since its backup"
        case .forgottenRevocation: "the hub forgets that access was taken away"
        case .lostRevokedWork: "the hub does not keep what a device without access hands in"
        case .lostJournal: "the journal of erasures forgets what is written into it"
        case .keptLog: "what is erased stays in the hub's log"
        case .keptOwnWork: "a device keeps what it wrote itself of what is erased"
        case .skippedLens: "what earlier versions wrote is taken as if the latest had written it"
        case .tornChangeset: "a part of an all-or-nothing changeset is accepted"
        }
    }

    /// The campaigns, laid over each other, under which it is found.
    public var campaigns: [String] {
        switch self {
        case .lyingHubDisk, .lyingDeviceDisk, .skippedIdentityCheck, .arrivalOrder, .forgottenLoser, .appliedTwice, .lostEviction,
            .lostChange, .lostQuarantine, .lostRefusal, .vanishingWrite, .forgottenOutbox: ["lab.yaml", "storm.yaml"]
        case .lostFormerPlace: ["lab.yaml", "contention.yaml", "hub-restores.yaml"]
        case .lostContainedPlace: ["lab.yaml", "hub-restores.yaml"]
        case .sitesNotMoved: ["lab.yaml", "hub-restores.yaml", "device-restores.yaml"]
        case .droppedTooSoon, .epochNotBegun: ["lab.yaml", "restores.yaml"]
        case .lostSalvage: ["lab.yaml", "restores.yaml", "moves.yaml"]
        case .forgottenRevocation, .lostRevokedWork: ["lab.yaml", "lost-phones.yaml"]
        case .skippedLens: ["versions.yaml"]
        case .lostJournal: ["lab.yaml", "erasures.yaml", "restores.yaml"]
        case .keptLog, .keptOwnWork: ["lab.yaml", "erasures.yaml"]
        case .tornChangeset: ["lab.yaml", "together.yaml"]
        }
    }

    /// The checkers that are there for it: one of them finds it first.
    public var checkers: Set<String> {
        switch self {
        case .lyingHubDisk: ["acknowledged"]
        case .lyingDeviceDisk: ["durable", "confirmed", "defect"]
        // The log's own index of identities stops what the hub no longer looks for.
        case .skippedIdentityCheck: ["exactly-once", "defect"]
        case .arrivalOrder: ["order"]
        case .forgottenLoser: ["causality"]
        case .appliedTwice: ["sums"]
        case .lostEviction, .lostChange: ["compared"]
        case .lostQuarantine, .lostRefusal, .lostRevokedWork: ["refusals"]
        case .vanishingWrite, .forgottenOutbox: ["view"]
        case .lostFormerPlace, .lostContainedPlace: ["causality"]
        case .skippedLens: ["causality", "confirmed"]
        case .droppedTooSoon: ["acknowledged"]
        case .lostSalvage: ["salvage"]
        case .epochNotBegun, .sitesNotMoved: ["exactly-once"]
        case .forgottenRevocation: ["access"]
        case .lostJournal, .keptLog, .keptOwnWork: ["erased"]
        case .tornChangeset: ["whole"]
        }
    }
}

