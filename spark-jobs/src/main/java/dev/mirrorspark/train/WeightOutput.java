package dev.mirrorspark.train;

import dev.mirrorspark.files.Storage;
import dev.mirrorspark.model.FolderPlan;
import dev.mirrorspark.model.FolderWriter;
import dev.mirrorspark.model.FolderWriter.Written;
import dev.mirrorspark.model.ParameterLayout;
import dev.mirrorspark.policy.FolderWeights;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * The policy folder that a phase's weights go to. The ranks write its files of weights side by
 * side; whoever ran the phase commits it.
 *
 * @param folder the folder, which every executor can write to
 * @param plan its files, those of the fp32 state of a 16-bit folder included
 */
public record WeightOutput(Storage storage, String folder, FolderPlan plan)
    implements Serializable {

  ParameterLayout layout() {
    return plan.layout();
  }

  /** Writes a rank's share of the files. */
  List<Written> write(Tensor flat, int rank, int ranks) {
    List<Written> written = new ArrayList<>();
    for (int file = rank; file < plan.files().size(); file += ranks) {
      written.add(FolderWriter.write(storage, folder, plan, file, flat));
    }
    return written;
  }

  /** The key under which the weights of all files are asked for. */
  String key(List<Written> written) {
    return FolderWeights.key(folder, FolderWriter.digests(plan, written).sha256());
  }
}
