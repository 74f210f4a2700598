package dev.mirrorspark.model;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mirrorspark.config.UserError;
import dev.mirrorspark.model.SafeTensors.Entry;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

/** The JSON header of a safetensors file and the rules that it must keep. */
final class HeaderJson {
  private static final ObjectMapper JSON =
      new ObjectMapper()
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
  private static final Map<String, Integer> BYTES =
      Map.ofEntries(
          Map.entry("F64", 8),
          Map.entry("I64", 8),
          Map.entry("U64", 8),
          Map.entry("F32", 4),
          Map.entry("I32", 4),
          Map.entry("U32", 4),
          Map.entry("F16", 2),
          Map.entry("BF16", 2),
          Map.entry("I16", 2),
          Map.entry("U16", 2),
          Map.entry("F8_E4M3", 1),
          Map.entry("F8_E5M2", 1),
          Map.entry("I8", 1),
          Map.entry("U8", 1),
          Map.entry("BOOL", 1));

  private HeaderJson() {}

  /** The entries of a header in the order of their bytes. */
  static List<Entry> parse(String file, String json) {
    JsonNode root;
    try {
      root = JSON.readTree(json);
    } catch (JsonProcessingException e) {
      throw new UserError(
          file + ": not a safetensors file: its header is not JSON: " + e.getOriginalMessage(), e);
    }
    if (!root.isObject()) {
      throw new UserError(file + ": not a safetensors file: its header is not a JSON object");
    }
    var entries = new ArrayList<Entry>();
    root.fields()
        .forEachRemaining(
            field -> {
              if (!field.getKey().equals("__metadata__")) {
                entries.add(entry(file, field.getKey(), field.getValue()));
              }
            });
    entries.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
    return entries;
  }

  private static Entry entry(String file, String name, JsonNode node) {
    JsonNode offsets = node.path("data_offsets");
    if (!node.path("dtype").isTextual()
        || !node.path("shape").isArray()
        || offsets.size() != 2
        || !isLong(offsets.get(0))
        || !isLong(offsets.get(1))) {
      throw fault(file, name, "its header entry needs dtype, shape and two data_offsets");
    }
    var shape = new ArrayList<Long>();
    for (JsonNode extent : node.path("shape")) {
      if (!isLong(extent) || extent.longValue() < 0) {
        throw fault(file, name, "its shape holds " + extent + ", which is no extent");
      }
      shape.add(extent.longValue());
    }
    var entry =
        new Entry(
            name,
            node.path("dtype").textValue(),
            List.copyOf(shape),
            offsets.get(0).longValue(),
            offsets.get(1).longValue());
    checkSize(file, entry);
    return entry;
  }

  private static void checkSize(String file, Entry entry) {
    if (entry.begin() < 0 || entry.end() < entry.begin()) {
      throw fault(
          file,
          entry.name(),
          "its data_offsets [" + entry.begin() + ", " + entry.end() + "] are out of range");
    }
    Integer bytes = BYTES.get(entry.dtype());
    if (bytes == null) {
      throw fault(file, entry.name(), "unknown dtype " + entry.dtype());
    }
    long needed;
    try {
      needed = Math.multiplyExact(entry.size(), (long) bytes);
    } catch (ArithmeticException e) {
      throw new UserError(
          fault(file, entry.name(), "its shape " + entry.shape() + " is too large").getMessage(),
          e);
    }
    if (needed != entry.end() - entry.begin()) {
      throw fault(
          file,
          entry.name(),
          "shape "
              + entry.shape()
              + " of "
              + entry.dtype()
              + " takes "
              + needed
              + " bytes, its data_offsets span "
              + (entry.end() - entry.begin()));
    }
  }

  /** The format allows neither overlaps nor holes nor bytes behind the last tensor. */
  static void checkRanges(String file, List<Entry> entries, long dataBytes) {
    long position = 0;
    for (Entry entry : entries) {
      if (entry.begin() != position) {
        String what = entry.begin() < position ? " overlap the tensor before" : " leave a hole";
        throw fault(
            file,
            entry.name(),
            "its data_offsets ["
                + entry.begin()
                + ", "
                + entry.end()
                + "]"
                + what
                + " (expected to begin at "
                + position
                + ")");
      }
      if (entry.end() > dataBytes) {
        throw fault(
            file,
            entry.name(),
            "truncated: its bytes end at "
                + entry.end()
                + ", the file holds "
                + dataBytes
                + " bytes of tensors; copy the file again");
      }
      position = entry.end();
    }
    if (position != dataBytes) {
      throw new UserError(
          file + ": " + (dataBytes - position) + " bytes follow the last tensor; copy it again");
    }
  }

  private static boolean isLong(JsonNode node) {
    return node.isIntegralNumber() && node.canConvertToLong();
  }

  /** What is wrong with one tensor of a file. */
  static UserError fault(String file, String tensor, String what) {
    return new UserError(file + ": tensor " + tensor + ": " + what);
  }
}
