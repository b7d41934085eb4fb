// Loads libtensorflow_framework, which logs two lines about oneDNN in its static initialisers that no setting hides, with
// stderr turned away; the addon finds it loaded. Does nothing if TF_CPP_MIN_LOG_LEVEL is 0 or absent.
#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>
#include <cstdlib>

__attribute__((constructor)) static void load_quietly() {
  const char* level = std::getenv("TF_CPP_MIN_LOG_LEVEL");
  if (!level || std::atoi(level) < 1) return;
  const int kept = dup(STDERR_FILENO);
  const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (kept >= 0 && nowhere >= 0) {
    dup2(nowhere, STDERR_FILENO);
    dlopen("libtensorflow_framework.so.2", RTLD_LAZY);  // a failure shows when the addon is loaded
    dup2(kept, STDERR_FILENO);
  }
  if (kept >= 0) close(kept);
  if (nowhere >= 0) close(nowhere);
}

extern "C" void* napi_register_module_v1(void*, void* exports) { return exports; }
