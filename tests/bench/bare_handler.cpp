#include <civetweb.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

/// What a scrape costs at the least: a civetweb that sends the same bytes from memory, with pgvigil's own
/// number of workers. GET / is the first file, with Accept-Encoding: gzip the second.
///
///     pgvigil_bare_handler PLAIN GZIPPED PORT     runs until it is ended
namespace {

struct Page {
  std::string plain;
  std::string gzipped;
};

std::string read(const char* path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

int serve(mg_connection* connection) {
  const Page& page = *static_cast<const Page*>(mg_get_user_data(mg_get_context(connection)));
  const char* const encoding = mg_get_header(connection, "Accept-Encoding");
  const bool gzip = encoding != nullptr && std::string_view(encoding) == "gzip";
  const std::string& body = gzip ? page.gzipped : page.plain;
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n" +
                           std::string(gzip ? "Content-Encoding: gzip\r\n" : "") +
                           "Content-Length: " + std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n";
  mg_write(connection, head.data(), head.size());
  mg_write(connection, body.data(), body.size());
  return 200;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return std::fputs("usage: pgvigil_bare_handler PLAIN GZIPPED PORT\n", stderr), 2;
  Page page{read(argv[1]), read(argv[2])};
  mg_callbacks callbacks{};
  callbacks.begin_request = serve;
  const std::string address = std::string("127.0.0.1:") + argv[3];
  const char* options[] = {
      "listening_ports", address.c_str(), "num_threads", "48", "tcp_nodelay", "1", nullptr};
  mg_init_library(0);
  if (mg_start(&callbacks, &page, options) == nullptr)
    return std::fputs("pgvigil_bare_handler: cannot listen\n", stderr), 1;
  while (pause() == -1) {
  }
}
