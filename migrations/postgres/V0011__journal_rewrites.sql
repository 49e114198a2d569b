-- A segment that is written again, longer or by a newer owner of the execution, takes the place of the one that is there.
GRANT UPDATE (last_seq, epoch, bytes) ON journal TO thaiyyal_dispatch;
