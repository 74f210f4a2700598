package dev.mirrorspark.curate;

import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Queue;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;

/**
 * Candidate pairs out of MinHash buckets: each problem with the first ones of its bucket, up to a
 * cap, so that a bucket costs time in proportion to its size and memory in proportion to the cap.
 */
final class BucketPairs implements Iterator<Row> {
  private final Iterator<Row> members;
  private final long[] firsts;
  private final long heldout;
  private final Queue<Row> ready = new ArrayDeque<>();
  private long key;
  private int count;

  /**
   * @param members rows (key, place) sorted by both
   * @param cap problems of a bucket that its others are paired with
   * @param heldout places below it are held-out problems, which make no pairs among themselves
   */
  BucketPairs(Iterator<Row> members, int cap, long heldout) {
    this.members = members;
    this.firsts = new long[cap];
    this.heldout = heldout;
  }

  @Override
  public boolean hasNext() {
    while (ready.isEmpty() && members.hasNext()) {
      take(members.next());
    }
    return !ready.isEmpty();
  }

  @Override
  public Row next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    return ready.remove();
  }

  private void take(Row member) {
    long place = member.getAs(Places.PLACE);
    long bucket = member.getAs(NearDuplicates.KEY);
    if (count == 0 || key != bucket) {
      key = bucket;
      count = 0;
    }
    if (place >= heldout) {
      for (int i = 0; i < count; i++) {
        ready.add(RowFactory.create(firsts[i], place));
      }
    }
    if (count < firsts.length) {
      firsts[count++] = place;
    }
  }
}
