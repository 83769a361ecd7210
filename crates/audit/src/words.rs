//! What each check proves and what it can't, in plain words.

/// What `treehouse-audit words` prints.
pub const WORDS: &str = "\
The checkpoint is signed
  proves       whoever holds the log's key said: the log has so many entries, and this root.
  can't prove  that you hold the right key. Compare it with what others were given.

Witnesses have cosigned
  proves       so many of the witnesses that you named saw this checkpoint, and it extended all that
               they had seen of this log before.
  can't prove  that the witnesses are independent of the operator. Without any, a log could show you
               one history and your neighbour another, and nobody would know.

Every file was recomputed
  proves       no entry under the checkpoint was changed, moved, cut out or added.
  can't prove  that what was logged is true.

Earlier checkpoints (--seen, and the one in a family's file)
  proves       the log still begins with what was seen then: nothing was taken back. Two checkpoints
               that contradict each other are both signed, and prove the fraud to anybody.
  can't prove  anything about a time from which nobody kept a checkpoint.

The table of entries
  proves       how many events of each kind the operator has logged on which day.
  can't prove  who and what: entries hold salted hashes. Days are the operator's own.

Leaves that are handed over (--evidence)
  proves       exactly this event stood in the log, at this place. A steward's reason is the one that
               was given then.
  can't prove  that you were handed every leaf. What was erased on a family's demand can't be shown any
               more, and its entry stays: that is meant so.

What was published (--published)
  proves       these bytes are the ones that the operator published, as this version of this kind.
  can't prove  that nobody was ever shown something else, or that what stands there is true.

Receipts (--receipts)
  proves       the server signed that it destroyed so much, because of this link.
  can't prove  that no copy was made before, or outside of the server.

A family's file (--export)
  proves       the family's chain follows the rules, each of its links was logged, each leaf fits the
               chain, and the receipts are those that were logged. A release names a grant that a
               guardian signed.
  can't prove  that a guardian understood what was signed; or that the deployment's keys are right, if
               the file is the only one that names them (give --attester and --server).

An evidence pack (evidence)
  proves       the log's key signed this list of files and each is as it was; the published versions
               are those whose hashes were logged; with a mirror, that the counts are the log's.
  can't prove  that a test passed: the results are those of the file that the operator gave.

What no log can show
  An operator whose program was changed so that it hands data out without logging it leaves no trace
  here. The data is sealed, so only who holds a key that a family granted can read it; that doesn't
  depend on the log. A log can't show that something never happened, only that what is in it stays.
";
