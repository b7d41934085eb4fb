// Loads libtensorflow_framework, which logs two lines about oneDNN in its static initialisers that no setting hides, with
// stderr turned away; the addon finds it loaded. Does nothing if TF_CPP_MIN_LOG_LEVEL is 0 or absent.
// Other threads log meanwhile: their lines, JSON all of them, are kept in memory and follow.
#include <dlfcn.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cstdlib>
#include <string>

static void pass_on_log_lines(int from, int to) {
  std::string text;
  char part[4096];
  lseek(from, 0, SEEK_SET);
  for (ssize_t count; (count = read(from, part, sizeof part)) > 0;) text.append(part, count);
  for (size_t at = 0, end; at < text.size(); at = end) {
    end = text.find('\n', at);
    end = end == std::string::npos ? text.size() : end + 1;
    if (text[at] != '{') continue;
    for (ssize_t count; at < end && (count = write(to, text.data() + at, end - at)) > 0;) at += count;
  }
}

__attribute__((constructor)) static void load_quietly() {
  const char* level = std::getenv("TF_CPP_MIN_LOG_LEVEL");
  if (!level || std::atoi(level) < 1) return;
  const int kept = dup(STDERR_FILENO);
  const int memory = memfd_create("stderr", MFD_CLOEXEC);
  if (kept >= 0 && memory >= 0) {
    dup2(memory, STDERR_FILENO);
    dlopen("libtensorflow_framework.so.2", RTLD_LAZY);  // a failure shows when the addon is loaded
    dup2(kept, STDERR_FILENO);
    pass_on_log_lines(memory, STDERR_FILENO);
  }
  if (kept >= 0) close(kept);
  if (memory >= 0) close(memory);
}

extern "C" void* napi_register_module_v1(void*, void* exports) { return exports; }
