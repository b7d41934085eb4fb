// Stands in for TF_LoadSessionFromSavedModel in the addon: a graph with the tag "small" runs in the thread that asks for it.
// Handing it to another thread and being woken up costs 30 to 80 us, as much as ten small ops. Large graphs keep the pool,
// where their branches run side by side.
#undef TF_LoadSessionFromSavedModel
#include <cstring>

#include "tensorflow/c/c_api.h"

// The first session of a process makes the pool that all share, by its own options: let that be an ordinary one.
static void make_pool(const TF_SessionOptions* options, TF_Status* status) {
  TF_Graph* nothing = TF_NewGraph();
  TF_Session* session = TF_NewSession(nothing, options, status);
  if (session != nullptr) TF_DeleteSession(session, status);
  TF_DeleteGraph(nothing);
}

extern "C" TF_Session* theriac_load_session(const TF_SessionOptions* options, const TF_Buffer* run_options,
                                            const char* folder, const char* const* tags, int count, TF_Graph* graph,
                                            TF_Buffer* meta_graph, TF_Status* status) {
  bool small = false;
  for (int i = 0; i < count; i++) small = small || std::strcmp(tags[i], "small") == 0;
  if (!small) {
    return TF_LoadSessionFromSavedModel(options, run_options, folder, tags, count, graph, meta_graph, status);
  }
  static bool pool_made = false;
  if (!pool_made) make_pool(options, status);
  pool_made = true;
  // ConfigProto { inter_op_parallelism_threads: -1 }
  const unsigned char config[] = {0x28, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01};
  TF_SessionOptions* own = TF_NewSessionOptions();
  TF_SetConfig(own, config, sizeof config, status);
  TF_Session* session = nullptr;
  if (TF_GetCode(status) == TF_OK) {
    session = TF_LoadSessionFromSavedModel(own, run_options, folder, tags, count, graph, meta_graph, status);
  }
  TF_DeleteSessionOptions(own);
  return session;
}
