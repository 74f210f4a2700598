package dev.mirrorspark.model;

import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Keys and values of the sequences that are being decoded, in pages of {@link #PAGE} tokens that
 * sequences take, share and give back (Kwon et al., 2023, PagedAttention).
 *
 * <p>Its memory is what it is made with, whatever the sequences do; on a CPU a page takes none
 * before it is first written to.
 */
public final class KvCache implements AutoCloseable {

  /** Tokens of a page. */
  public static final int PAGE = 128;

  /** A sequence's pages, in the order of its tokens. */
  public static final class Sequence {
    private final int[] pages;

    private Sequence(int[] pages) {
      this.pages = pages;
    }

    /** Tokens that it has room for. */
    public int room() {
      return pages.length * PAGE;
    }

    int page(int position) {
      return pages[position / PAGE];
    }

    int[] pages(int tokens) {
      return Arrays.copyOf(pages, pagesFor(tokens));
    }
  }

  private final Kept kept = new Kept();
  private final PageCounts counts;
  private final int pages;
  private final CachePages contents;

  /** An empty cache that keeps keys and values as the model computes them. */
  public KvCache(ModelShape shape, long tokens, Tensor like) {
    this(shape, tokens, like, CacheType.MODEL);
  }

  /**
   * An empty cache.
   *
   * @param tokens tokens that it holds, rounded up to whole pages
   * @param like a tensor whose device and type the model computes with
   * @throws IllegalArgumentException if they are not those that {@code type} needs
   */
  public KvCache(ModelShape shape, long tokens, Tensor like, CacheType type) {
    this.pages = Math.toIntExact((tokens + PAGE - 1) / PAGE);
    this.counts = new PageCounts(pages);
    boolean host = !like.is_cuda() && Tensors.type(like) == ScalarType.Float;
    if (type == CacheType.INT8 && !host) {
      throw new IllegalArgumentException("a cache of int8 is for a CPU in fp32");
    }
    this.contents =
        type == CacheType.INT8
            ? new BytePages(shape, pages, kept)
            : host
                ? new HostPages(shape, pages, like, kept)
                : new DevicePages(shape, pages, like, kept);
  }

  /** Pages of so many tokens. */
  public static int pagesFor(int tokens) {
    return (tokens + PAGE - 1) / PAGE;
  }

  /** Where the page after that of a position begins. */
  static int nextPage(int position) {
    return (position / PAGE + 1) * PAGE;
  }

  /** All pages. */
  public int pages() {
    return pages;
  }

  /** Pages that no sequence has. */
  public int freePages() {
    return counts.free();
  }

  /**
   * A sequence with room for so many tokens.
   *
   * @throws IllegalStateException if too few pages are free
   */
  public Sequence open(int tokens) {
    return new Sequence(counts.take(pagesFor(tokens)));
  }

  /**
   * A sequence that shares the whole pages of the first {@code common} tokens of another one; the
   * rest of them comes with {@link #fill}.
   *
   * @throws IllegalStateException if too few pages are free
   */
  public Sequence fork(Sequence other, int common, int tokens) {
    int shared = common / PAGE;
    int[] own = counts.take(pagesFor(tokens) - shared);
    int[] all = Arrays.copyOf(counts.share(other.pages, shared), shared + own.length);
    System.arraycopy(own, 0, all, shared, own.length);
    return new Sequence(all);
  }

  /** Copies the page that the first {@code common} tokens of a sequence fill in part to forks. */
  public void fill(Sequence other, int common, List<Sequence> forks) {
    if (common % PAGE > 0) {
      int[] to = forks.stream().mapToInt(fork -> fork.page(common)).toArray();
      contents.copy(other.page(common), to);
    }
  }

  /** The pages of a sequence's first tokens, kept until they are closed by themselves. */
  public Sequence hold(Sequence sequence, int tokens) {
    return new Sequence(counts.share(sequence.pages, pagesFor(tokens)));
  }

  /** Takes all pages from all sequences, which are no more. */
  public void clear() {
    counts.clear();
  }

  /** Gives a sequence's pages back. */
  public void close(Sequence sequence) {
    counts.drop(sequence.pages);
  }

  /** Fills all pages with random numbers that no model made, for measurements. */
  public void noise() {
    contents.noise();
  }

  CachePages contents() {
    return contents;
  }

  @Override
  public void close() {
    kept.close();
  }
}
