"""Talk to an Allod server: a vault in which customers own their data.

`Allod` is the client, `AsyncAllod` its twin for event loops. Everything that can go
wrong is an `AllodError`; what comes back are frozen values. `allod.proofs`, which is
imported by itself and asks for the extra `verify`, checks receipts and certificates
offline and trusts no server.

    with Allod("https://vault.example", token=token) as allod:
        page = allod.records.list("c-1042", "profile", purpose="support.case")
"""

from allod._async.client import AsyncAllod
from allod._async.scan import AsyncScan
from allod._errors import (
    AllodError,
    ApiError,
    Conflict,
    Fault,
    Gone,
    Invalid,
    Malformed,
    NoAnswer,
    NotFound,
    RateLimited,
    Reason,
    Refused,
    ServerError,
    TimedOut,
    TooLarge,
    Truncated,
    Unauthenticated,
    Unavailable,
    UnexpectedAnswer,
    UnsupportedMedia,
)
from allod._impact import Impact, PurposeTotal, Shift
from allod._proposals import Activation, Approval, Divergence, Proposal, Proposed
from allod._reach import (
    AccessGrant,
    Assignment,
    Hold,
    Org,
    Post,
    Reached,
    Unit,
)
from allod._retry import Retry
from allod._sync.client import Allod
from allod._sync.scan import Scan
from allod._types import (
    Access,
    Authorization,
    Batch,
    CaseFault,
    Cases,
    Consent,
    ConsentEvent,
    ConsistencyProof,
    Disclosure,
    Erasure,
    Filter,
    Group,
    InclusionProof,
    Notice,
    Numbers,
    Page,
    Policies,
    PolicyFile,
    Profile,
    Purpose,
    ScanEnd,
    Withheld,
    Written,
)
from allod._version import __version__

__all__ = [
    "Access",
    "AccessGrant",
    "Activation",
    "Allod",
    "AllodError",
    "ApiError",
    "Approval",
    "Assignment",
    "AsyncAllod",
    "AsyncScan",
    "Authorization",
    "Batch",
    "CaseFault",
    "Cases",
    "Conflict",
    "Consent",
    "ConsentEvent",
    "ConsistencyProof",
    "Disclosure",
    "Divergence",
    "Erasure",
    "Fault",
    "Filter",
    "Gone",
    "Group",
    "Hold",
    "Impact",
    "InclusionProof",
    "Invalid",
    "Malformed",
    "NoAnswer",
    "NotFound",
    "Notice",
    "Numbers",
    "Org",
    "Page",
    "Policies",
    "PolicyFile",
    "Post",
    "Profile",
    "Proposal",
    "Proposed",
    "Purpose",
    "PurposeTotal",
    "RateLimited",
    "Reached",
    "Reason",
    "Refused",
    "Retry",
    "Scan",
    "ScanEnd",
    "ServerError",
    "Shift",
    "TimedOut",
    "TooLarge",
    "Truncated",
    "Unauthenticated",
    "Unavailable",
    "UnexpectedAnswer",
    "Unit",
    "UnsupportedMedia",
    "Withheld",
    "Written",
    "__version__",
]
