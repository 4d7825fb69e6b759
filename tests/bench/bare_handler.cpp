#include <civetweb.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

/// What a scrape costs at the least: a civetweb that sends the same bytes from memory, made beforehand with
/// their head, with pgvigil's own number of workers. GET / is the first file, with Accept-Encoding: gzip the
/// second.
///
///     pgvigil_bare_handler PLAIN GZIPPED PORT     runs until it is ended
namespace {

struct Answers {
  std::string plain;
  std::string gzipped;
};

/// Head and body in one, so that it takes one send(2).
std::string answer(const char* path, const char* encoding) {
  std::ifstream file(path, std::ios::binary);
  const std::string body(std::istreambuf_iterator<char>(file), {});
  return std::string("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n") + encoding +
         "Content-Length: " + std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n" + body;
}

int serve(mg_connection* connection) {
  const Answers& answers = *static_cast<const Answers*>(mg_get_user_data(mg_get_context(connection)));
  const char* const encoding = mg_get_header(connection, "Accept-Encoding");
  const bool gzip = encoding != nullptr && std::string_view(encoding) == "gzip";
  const std::string& bytes = gzip ? answers.gzipped : answers.plain;
  mg_write(connection, bytes.data(), bytes.size());
  return 200;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return std::fputs("usage: pgvigil_bare_handler PLAIN GZIPPED PORT\n", stderr), 2;
  Answers answers{answer(argv[1], ""), answer(argv[2], "Content-Encoding: gzip\r\n")};
  mg_callbacks callbacks{};
  callbacks.begin_request = serve;
  const std::string address = std::string("127.0.0.1:") + argv[3];
  const char* options[] = {
      "listening_ports", address.c_str(), "num_threads", "48", "tcp_nodelay", "1", nullptr};
  mg_init_library(0);
  if (mg_start(&callbacks, &answers, options) == nullptr)
    return std::fputs("pgvigil_bare_handler: cannot listen\n", stderr), 1;
  while (pause() == -1) {
  }
}
