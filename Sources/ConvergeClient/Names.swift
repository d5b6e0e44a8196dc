@_exported import ReplicationClient
import ReplicationCore
import ReplicationEngine

// What most apps name of the modules below, so that they import one module. Those modules themselves are not passed on: their
// words for parts of a schema, such as `Group` and `Collection`, would stand in the way of every app's own.

public typealias BlobName = ReplicationCore.BlobName
public typealias BlobPolicy = ReplicationEngine.BlobPolicy
public typealias BlobReference = ReplicationCore.BlobReference
public typealias BlobState = ReplicationEngine.BlobState
public typealias ChangesetID = ReplicationCore.ChangesetID
public typealias DeviceError = ReplicationEngine.DeviceError
public typealias DeviceStoreError = ReplicationEngine.DeviceStoreError
public typealias Endpoint = ReplicationEngine.Endpoint
public typealias ExplainQuestion = ReplicationEngine.ExplainQuestion
public typealias Explanation = ReplicationEngine.Explanation
public typealias LiveSignal = ReplicationEngine.LiveSignal
public typealias LocalTransaction = ReplicationEngine.LocalTransaction
public typealias RefusedOperation = ReplicationEngine.RefusedOperation
public typealias ReplicaEvent = ReplicationEngine.ReplicaEvent
public typealias RowID = ReplicationCore.RowID
public typealias RowKey = ReplicationCore.RowKey
public typealias RowStatus = ReplicationEngine.RowStatus
public typealias Schema = ReplicationCore.Schema
public typealias SyncPreview = ReplicationEngine.SyncPreview
public typealias Value = ReplicationCore.Value
