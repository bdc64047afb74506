"""The public names of the package, gathered: what `allod` gives when it is asked.

A name that is imported under itself is exported (PEP 484), so each stands here once.
"""
# ruff: noqa: PLC0414

from allod._async.client import AsyncAllod as AsyncAllod
from allod._async.scan import AsyncScan as AsyncScan
from allod._changes import ChangePage as ChangePage
from allod._changes import RecordChange as RecordChange
from allod._changes import Shown as Shown
from allod._consents import Consent as Consent
from allod._consents import ConsentEvent as ConsentEvent
from allod._consents import Notice as Notice
from allod._consents import Restriction as Restriction
from allod._consents import RestrictionGround as RestrictionGround
from allod._consents import Use as Use
from allod._erasures import erasure_id as erasure_id
from allod._erasures import erasure_secret as erasure_secret
from allod._errors import AllodError as AllodError
from allod._errors import ApiError as ApiError
from allod._errors import Conflict as Conflict
from allod._errors import ConnectionFailed as ConnectionFailed
from allod._errors import Fault as Fault
from allod._errors import Gone as Gone
from allod._errors import Invalid as Invalid
from allod._errors import Malformed as Malformed
from allod._errors import NotFound as NotFound
from allod._errors import RateLimited as RateLimited
from allod._errors import Reason as Reason
from allod._errors import Refused as Refused
from allod._errors import ServerError as ServerError
from allod._errors import TimedOut as TimedOut
from allod._errors import TooLarge as TooLarge
from allod._errors import Truncated as Truncated
from allod._errors import Unauthenticated as Unauthenticated
from allod._errors import Unavailable as Unavailable
from allod._errors import UnexpectedAnswer as UnexpectedAnswer
from allod._errors import UnsupportedMedia as UnsupportedMedia
from allod._many import NewCustomer as NewCustomer
from allod._many import NewRecord as NewRecord
from allod._many import Outcome as Outcome
from allod._proposals import Approval as Approval
from allod._proposals import Divergence as Divergence
from allod._proposals import Impact as Impact
from allod._proposals import Proposal as Proposal
from allod._proposals import Proposed as Proposed
from allod._proposals import PurposeTotal as PurposeTotal
from allod._proposals import Shift as Shift
from allod._reach import AccessGrant as AccessGrant
from allod._reach import Assignment as Assignment
from allod._reach import CustomerReach as CustomerReach
from allod._reach import Hold as Hold
from allod._reach import Org as Org
from allod._reach import Post as Post
from allod._reach import Unit as Unit
from allod._retry import Retry as Retry
from allod._sync.client import Allod as Allod
from allod._sync.scan import Scan as Scan
from allod._types import Access as Access
from allod._types import Authorization as Authorization
from allod._types import Batch as Batch
from allod._types import CaseFault as CaseFault
from allod._types import Cases as Cases
from allod._types import ConsistencyProof as ConsistencyProof
from allod._types import Corrected as Corrected
from allod._types import Disclosure as Disclosure
from allod._types import Erasure as Erasure
from allod._types import Filter as Filter
from allod._types import Group as Group
from allod._types import InclusionProof as InclusionProof
from allod._types import Kept as Kept
from allod._types import Numbers as Numbers
from allod._types import Page as Page
from allod._types import Policies as Policies
from allod._types import PolicyFile as PolicyFile
from allod._types import Profile as Profile
from allod._types import Purpose as Purpose
from allod._types import Recipient as Recipient
from allod._types import Removal as Removal
from allod._types import Roster as Roster
from allod._types import ScanEnd as ScanEnd
from allod._types import Verified as Verified
from allod._types import Withheld as Withheld
from allod._types import Written as Written
from allod._version import __version__ as __version__
from allod._workbench import ActivationRecord as ActivationRecord
from allod._workbench import Change as Change
from allod._workbench import Counterfactual as Counterfactual
from allod._workbench import Coverage as Coverage
from allod._workbench import Explanation as Explanation
from allod._workbench import Failure as Failure
from allod._workbench import Finding as Finding
from allod._workbench import MaskSource as MaskSource
from allod._workbench import PastDecision as PastDecision
from allod._workbench import PoliciesInForce as PoliciesInForce
from allod._workbench import RuleMatch as RuleMatch
from allod._workbench import Trial as Trial

# What these were called before; they go with 0.2.
Activation = InForce = ActivationRecord
Cells = MaskSource
Ground = RuleMatch
NoAnswer = ConnectionFailed
Reached = CustomerReach
Turn = Counterfactual
